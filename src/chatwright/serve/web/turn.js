/** One turn on the page: what the person said, and what the bot answered. */
import { h, icon, unseen } from "./dom.js";
import { clockTime, dayName, t } from "./i18n.js";
import { botMessage, bubble, buttonsOf, markChosen, payloadOf } from "./message.js";

const time = (ms) => h("time", { datetime: new Date(ms).toISOString(), title: new Date(ms).toLocaleString() }, clockTime(ms));

export class Turn {
  /** Number that the server gave, null while it is not known. */
  number = null;
  /** What the person sent (a button's payload, not its title); null when the bot spoke first. */
  text = null;
  rating = null;
  #replies = [];
  #completed = false;
  #userState = null;
  #at = null;
  #answeredAt = null;

  /**
   * @param {string|null} id of the person's message
   * @param {{botName: () => string, choose: Function, retry: (id: string) => void, rate: (turn: Turn, value: string) => void}} actions
   */
  constructor(id, actions) {
    this.id = id;
    this.actions = actions;
    this.day = h("p", { class: "day", hidden: true });
    this.user = h("div", { class: "side user", hidden: true });
    this.messages = h("div", { class: "messages" });
    this.footer = h("div", { class: "meta", hidden: true });
    this.bot = h("div", { class: "side bot", hidden: true }, h("span", { class: "avatar", "aria-hidden": "true" }), h("div", { class: "answers" }, this.messages, this.footer));
    this.element = h("div", { class: "turn" }, this.day, this.user, this.bot);
  }

  /**
   * Show what the person said.
   * @param {{text: string, title?: string|null, at?: number|null, status?: string|null, error?: string|null}} said
   *   `status` is `sending`, `waiting`, `failed` or null; `at` in ms since 1970; `error` is a key of the strings
   */
  setUser(said) {
    const { text, title = null, at = null, status = null, error = null } = said;
    this.text = text;
    this.#at ??= at;
    // Drawn again it would be read out again.
    const state = JSON.stringify([text, title, status, error]);
    if (this.#userState?.state === state) return;
    this.#userState = { said, state };
    this.user.hidden = false;
    this.user.classList.toggle("event", text === "/restart");
    this.user.dataset.status = status ?? "";
    const restart = text === "/restart";
    this.user.replaceChildren(
      unseen(t("chat.says", { name: t("chat.you") })),
      restart ? h("p", { class: "divider" }, t("chat.restarted")) : bubble(title ?? text),
      this.#userMeta(status, error),
    );
  }

  /** Say everything anew in the page's language. */
  relabel() {
    const said = this.#userState?.said;
    this.#userState = null;
    if (said) this.setUser(said);
    for (const [index, reply] of this.#replies.entries()) {
      reply.json = null;
      this.setReply(index, reply.message);
    }
    this.footer.replaceChildren();
    this.#showFooter();
  }

  #userMeta(status, error) {
    const meta = h("div", { class: "meta" });
    if (status === "failed") {
      meta.append(
        h("span", { class: "problem" }, icon("alert"), t(error ?? "status.failed")),
        h("button", { type: "button", class: "link", click: () => this.actions.retry(this.id) }, t("status.retry")),
      );
    } else if (status === "waiting") meta.append(h("span", {}, t("status.waiting")));
    else if (status === "sending") meta.append(h("span", { "aria-hidden": "true" }, t("status.sending")));
    else if (this.#at && this.text !== "/restart") meta.append(time(this.#at));
    return meta;
  }

  /** Show the answer's `index`-th message; the same message twice changes nothing. */
  setReply(index, message, at) {
    const known = this.#replies[index];
    const json = JSON.stringify(message);
    if (known?.json === json) return;
    const element = botMessage(message, { name: this.actions.botName(), choose: this.actions.choose });
    if (known) known.element.replaceWith(element);
    else this.messages.append(element);
    this.#replies[index] = { json, element, message };
    this.#answeredAt ??= at;
    this.bot.hidden = false;
    this.bot.firstChild.textContent = [...this.actions.botName()][0] ?? "";
  }

  /** The answer has `count` messages and no more; `rating` is `up`, `down` or null. */
  complete(number, count, rating = this.rating) {
    for (const { element } of this.#replies.splice(count)) element.remove();
    this.number = number ?? this.number;
    this.rating = rating;
    this.#completed = true;
    this.#showFooter();
  }

  /** Show the rating: `up`, `down` or null. */
  rate(value) {
    this.rating = value;
    this.#showFooter();
  }

  #showFooter() {
    const rateable = this.#completed && this.number !== null && this.#replies.length > 0;
    this.bot.hidden = this.#replies.length === 0;
    this.footer.hidden = !this.#completed;
    if (!rateable) return;
    if (!this.footer.querySelector(".rate")) {
      const rate = (value, key) =>
        h("button", { type: "button", class: "rate", "data-value": value, "aria-label": t(key), title: t(key), click: () => this.actions.rate(this, value) }, icon(value));
      this.footer.append(rate("up", "chat.good"), rate("down", "chat.poor"));
      if (this.#answeredAt) this.footer.prepend(time(this.#answeredAt));
    }
    for (const button of this.footer.querySelectorAll(".rate")) {
      button.setAttribute("aria-pressed", String(button.dataset.value === this.rating));
    }
  }

  /** The title of this turn's button that sends `payload`, undefined when there is none. */
  titleOf(payload) {
    const buttons = this.#replies.flatMap(({ message }) => buttonsOf(message));
    return buttons.find((button) => payloadOf(button) === payload)?.title;
  }

  /** Buttons work in the newest turn only; `chosen` is what the person sent next. */
  setNewest(newest, chosen = null) {
    for (const button of this.messages.querySelectorAll("button.choice")) {
      button.disabled = !newest;
      if (chosen !== null && button.dataset.payload === chosen) markChosen(button);
    }
  }

  /** Show the day where it differs from the day of the turn before; returns this turn's day. */
  showDay(previous) {
    const at = this.#at ?? this.#answeredAt;
    if (at === null) return previous;
    const day = dayName(at);
    this.day.hidden = day === previous;
    this.day.textContent = day;
    return day;
  }
}
