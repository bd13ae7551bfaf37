/** Says how the connection is: a dot in the header, a banner when it stays away, words for screen readers. */
import { t } from "./i18n.js";

const PATIENCE_MS = 1000;
const NOTE_MS = 8000;

export class ConnectionView {
  #dot;
  #banner;
  #state = { name: "connecting" };
  #wasLost = false;
  #patience = 0;
  #countdown = 0;
  #noteKey = null;
  #noteTimer = 0;

  /** @param {HTMLElement} dot @param {HTMLElement} banner @param {() => void} retry */
  constructor(dot, banner, retry) {
    this.#dot = dot;
    this.#banner = banner;
    banner.querySelector("button").addEventListener("click", retry);
  }

  get isOnline() {
    return this.#state.name === "online";
  }

  /** Show the state of the connection. */
  show(state) {
    this.#state = state;
    this.relabel();
    if (state.name === "online") {
      clearTimeout(this.#patience);
      this.#patience = 0;
      this.#banner.hidden = true;
      if (this.#wasLost) this.announce("connection.back");
      this.#wasLost = false;
    } else if (state.name === "offline") this.#patience ||= setTimeout(() => this.#admit(), PATIENCE_MS);
  }

  /** Words for screen readers only. */
  announce(key) {
    document.querySelector("#announcer").textContent = t(key);
  }

  /** A short notice for everyone. */
  note(key) {
    clearTimeout(this.#noteTimer);
    this.#noteKey = key;
    this.#noteTimer = setTimeout(() => this.#showNote(null), NOTE_MS);
    this.#showNote(key);
  }

  /** Say everything anew in the page's language. */
  relabel() {
    this.#dot.dataset.state = this.#state.name;
    this.#dot.textContent = t(`connection.${this.#state.name}`);
    this.#showNote(this.#noteKey);
    this.#count();
  }

  #showNote(key) {
    this.#noteKey = key;
    const note = document.querySelector("#note");
    note.textContent = key ? t(key) : "";
    note.hidden = !key;
  }

  // A connection that is back within the second was never missed.
  #admit() {
    this.#wasLost = true;
    this.#banner.hidden = false;
    this.announce("connection.lost");
    clearInterval(this.#countdown);
    this.#countdown = setInterval(() => this.#count(), 1000);
    this.#count();
  }

  #count() {
    if (this.isOnline) clearInterval(this.#countdown);
    const seconds = Math.ceil(((this.#state.retryAt ?? 0) - Date.now()) / 1000);
    this.#banner.querySelector(".countdown").textContent =
      this.#state.name === "offline" && seconds > 0 ? t("connection.retryIn", { n: seconds }) : t("connection.connecting");
  }
}
