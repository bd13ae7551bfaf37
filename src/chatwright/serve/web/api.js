/** What the inspector reads from the server, with an API token where the server asks for one. */
import { load, save } from "./storage.js";

const tab = () => sessionStorage;

/** The server answered with a status that is not a success. */
export class ApiError extends Error {
  constructor(status) {
    super(`The server answered ${status}`);
    this.status = status;
  }
}

export class Api {
  #ask;
  #asking = null;

  /** @param {(wrong: boolean) => Promise<string|null>} ask asks the person for the token; null gives up */
  constructor(ask) {
    this.#ask = ask;
  }

  /** One page of conversations, newest first, and the cursor of the next page (null after the last). */
  async conversations(limit, before = null) {
    const query = new URLSearchParams({ limit, ...(before === null ? {} : { before }) });
    const answer = await this.#get(`api/conversations?${query}`);
    return { rows: answer.conversations ?? [], before: answer.before ?? null };
  }

  /** Events of a conversation after a cursor, and the new cursor. */
  async events(conversation, after = 0) {
    const answer = await this.#get(`api/conversations/${encodeURIComponent(conversation)}/events?after=${after}`);
    return { events: answer.events ?? [], after: answer.after ?? after };
  }

  /** The why-traces of a conversation's turns. */
  async why(conversation) {
    const answer = await this.#get(`conversations/${encodeURIComponent(conversation)}/why`);
    return Array.isArray(answer) ? answer : (answer?.turns ?? []);
  }

  /** The conversation as it stands: slots, active form. */
  state(conversation) {
    return this.#get(`api/conversations/${encodeURIComponent(conversation)}/state`);
  }

  async #get(path) {
    for (;;) {
      const token = load("token", null, tab);
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      const answer = await fetch(path, { headers, cache: "no-store" });
      if (answer.ok) return answer.json();
      if (answer.status !== 401 || !(await this.#renew(token))) throw new ApiError(answer.status);
    }
  }

  // Several requests may fail at once: the person is asked once for all of them.
  async #renew(used) {
    if (load("token", null, tab) !== used) return true;
    this.#asking ??= this.#ask(used !== null).finally(() => (this.#asking = null));
    const token = await this.#asking;
    if (token) save("token", token, tab);
    return Boolean(token);
  }
}
