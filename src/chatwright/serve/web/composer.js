/** Where the person writes: Enter sends, Shift+Enter breaks the line, and an input method is never cut off. */
import { onLanguageChange, t } from "./i18n.js";

/** Characters (Unicode code points) that a message may have; the server takes no longer ones. */
export const LONGEST_MESSAGE = 4000;
const COUNT_FROM = LONGEST_MESSAGE - 500;

export class Composer {
  #form;
  #box;
  #counter;
  #send;

  /** @param {HTMLFormElement} form @param {(text: string) => void} send */
  constructor(form, send) {
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#counter = form.querySelector(".counter");
    this.#send = send;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("keydown", (event) => {
      // keyCode 229: Safari ends the composition before it reports the Enter that confirmed it.
      const composing = event.isComposing || event.keyCode === 229;
      if (event.key !== "Enter" || event.shiftKey || composing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("input", () => this.#show());
    onLanguageChange(() => this.#show());
    this.#show();
  }

  focus() {
    this.#box.focus();
  }

  #submit() {
    const text = this.#box.value.trim();
    if (!text || this.#over() > 0) return this.focus();
    this.#box.value = "";
    this.#show();
    this.#send(text);
  }

  #over() {
    return [...this.#box.value.trim()].length - LONGEST_MESSAGE;
  }

  #show() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    const over = this.#over();
    const counted = over > COUNT_FROM - LONGEST_MESSAGE;
    this.#counter.hidden = !counted;
    this.#counter.textContent = counted ? t(over > 0 ? "composer.over" : "composer.left", { n: Math.abs(over) }) : "";
    this.#box.setAttribute("aria-invalid", String(over > 0));
    this.#form.classList.toggle("over", over > 0);
    this.#form.classList.toggle("empty", !this.#box.value.trim());
  }
}
