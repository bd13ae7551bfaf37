/** What the inspector asks the server, with an API token where the server asks for one. */
import { load, save } from "./storage.js";

const tab = () => sessionStorage;

/** The server answered with a status that is not a success; `message` says what is wrong, where it said so. */
export class ApiError extends Error {
  constructor(status, message = "") {
    super(message);
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

  /** Whether the bot may be taught here, and the names of its intents, entities and actions. */
  lessonChoices() {
    return this.#get("api/lessons");
  }

  /** One step of a lesson: `begin`, `understand`, `hear`, `act`, `undo` or `keep`. */
  teach(step, body) {
    return this.#get(`api/lessons/${step}`, { method: "POST", body: JSON.stringify(body) });
  }

  async #get(path, request = {}) {
    for (;;) {
      const token = load("token", null, tab);
      const headers = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(request.body ? { "Content-Type": "application/json" } : {}) };
      const answer = await fetch(path, { ...request, headers, cache: "no-store" });
      if (answer.ok) return answer.json();
      if (answer.status === 401 && (await this.#renew(token))) continue;
      const said = await answer.json().catch(() => null);
      throw new ApiError(answer.status, said?.message);
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
