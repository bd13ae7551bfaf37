/** Messages that wait for an answer, oldest first. They outlive a reload and keep their ids. */
import { load, save } from "./storage.js";

// One list for each tab: two tabs of one conversation must not overwrite each other's.
const area = () => sessionStorage;

/** A random id of 128 bits (`crypto.randomUUID` exists on secure origins only). */
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Outbox {
  #entries = load("outbox", [], area);

  /** Put a message in; `title` is what the person sees of a button's payload. */
  add(text, title = null) {
    const entry = { id: newId(), text, title, at: Date.now(), failed: false };
    this.#entries.push(entry);
    this.#keep();
    return entry;
  }

  get entries() {
    return [...this.#entries];
  }

  get(id) {
    return this.#entries.find((entry) => entry.id === id);
  }

  /** The message to be sent next; failed ones wait for the person. */
  get next() {
    return this.#entries.find((entry) => !entry.failed);
  }

  setFailed(id, failed) {
    const entry = this.get(id);
    if (!entry) return;
    entry.failed = failed;
    this.#keep();
  }

  remove(id) {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#keep();
  }

  clear() {
    this.#entries = [];
    this.#keep();
  }

  #keep() {
    save("outbox", this.#entries, area);
  }
}
