/** What the person thought of the answers, by number of turn; kept until the server has it, and after a reload. */
import { load, save } from "./storage.js";

export class Ratings {
  #given = load("ratings", {});

  /** Note a rating that the server does not know yet. */
  give(turn, value) {
    this.#given[turn] = { value, kept: false };
    save("ratings", this.#given);
  }

  /** The server has kept this rating. */
  kept(turn, value) {
    this.#given[turn] = { value, kept: true };
    save("ratings", this.#given);
  }

  /** `up`, `down`, or null; what the server tells gives way to what it does not know yet. */
  of(turn, told = null) {
    const given = this.#given[turn];
    return given && !given.kept ? given.value : (told ?? given?.value ?? null);
  }

  /** Pairs of turn and value that the server has not confirmed. */
  get unsent() {
    return Object.entries(this.#given)
      .filter(([, rating]) => !rating.kept)
      .map(([turn, rating]) => [Number(turn), rating.value]);
  }

  clear() {
    this.#given = {};
    save("ratings", null);
  }
}
