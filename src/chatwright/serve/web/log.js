/** The conversation on the page: its turns in order, kept equal to what the server knows. */
import { t } from "./i18n.js";
import { Turn } from "./turn.js";

export class Log {
  #turns = [];
  #received = new Map();

  /**
   * @param {HTMLElement} element role=log
   * @param {object} actions see `Turn`
   */
  constructor(element, actions) {
    this.element = element;
    this.actions = actions;
  }

  get isEmpty() {
    return this.#turns.length === 0;
  }

  /** Show a message of the person, or its new status. */
  showUser(entry, status, error = null) {
    const turn = this.#find(entry.id) ?? this.#append(new Turn(entry.id, this.actions));
    turn.setUser({ ...entry, status, error });
    this.#refresh();
  }

  /** A new attempt at the answer begins: its messages are counted from the first again. */
  beginAnswer(id) {
    this.#received.set(id, 0);
  }

  /** Show the next message of an answer. */
  showReply({ in_reply_to: id, turn: number, message }) {
    const turn = this.#find(id, number) ?? this.#append(new Turn(id, this.actions));
    turn.number = number ?? turn.number;
    const key = id ?? `turn ${number}`;
    const index = this.#received.get(key) ?? 0;
    this.#received.set(key, index + 1);
    turn.setReply(index, message ?? {}, Date.now());
    this.#refresh();
  }

  /** The answer is complete, and kept by the server. */
  complete({ in_reply_to: id, turn: number }) {
    const key = id ?? `turn ${number}`;
    this.#find(id, number)?.complete(number, this.#received.get(key) ?? 0);
    this.#received.delete(key);
  }

  /** Show the rating of turn `number`. */
  rate(number, value) {
    this.#turns.find((turn) => turn.number === number)?.rate(value);
  }

  /**
   * Make the page equal to the server's history; messages that still wait stay at the end.
   * @param {object[]} messages of the frame `history`
   * @param {Set<string>} waiting ids of messages without an answer
   * @param {(number: number, told: string|null) => string|null} ratingOf what the person thought of a turn
   */
  restore(messages, waiting, ratingOf) {
    this.element.setAttribute("aria-busy", "true"); // old messages are not read out
    const kept = [];
    for (const group of groupByTurn(messages)) {
      const turn = this.#find(group.id, group.number) ?? new Turn(group.id, this.actions);
      turn.id ??= group.id;
      if (group.user) {
        const text = group.user.message?.text ?? "";
        const title = kept.findLast((earlier) => earlier.titleOf(text))?.titleOf(text);
        turn.setUser({ text, title, at: milliseconds(group.user) });
      }
      for (const [index, reply] of group.replies.entries()) turn.setReply(index, reply.message ?? {}, milliseconds(reply));
      turn.complete(group.number, group.replies.length, ratingOf(group.number, group.rating));
      kept.push(turn);
    }
    const unanswered = this.#turns.filter((turn) => waiting.has(turn.id) && !kept.includes(turn));
    this.#turns = [...kept, ...unanswered];
    const elements = this.#turns.map((turn) => turn.element);
    // Moving an element loses its focus and its scroll position: only where something differs.
    if (elements.length !== this.element.childElementCount || elements.some((element, i) => element !== this.element.children[i])) {
      this.element.replaceChildren(...elements);
    }
    this.#refresh();
    this.element.removeAttribute("aria-busy");
  }

  /** Say everything anew in the page's language. */
  relabel() {
    this.element.setAttribute("aria-busy", "true");
    for (const turn of this.#turns) turn.relabel();
    this.#refresh();
    this.element.removeAttribute("aria-busy");
  }

  clear() {
    this.#turns = [];
    this.#received.clear();
    this.element.replaceChildren();
  }

  #find(id, number = null) {
    return this.#turns.find((turn) => (id && turn.id === id) || (number != null && turn.number === number));
  }

  #append(turn) {
    this.#turns.push(turn);
    this.element.append(turn.element);
    return turn;
  }

  #refresh() {
    let day = t("time.today"); // a conversation of today needs no heading
    for (const [index, turn] of this.#turns.entries()) {
      const next = this.#turns[index + 1];
      turn.setNewest(!next, next?.text ?? null);
      day = turn.showDay(day);
    }
  }
}

const milliseconds = (message) => (typeof message.timestamp === "number" ? message.timestamp * 1000 : null);

function groupByTurn(messages) {
  const groups = [];
  for (const message of messages) {
    let group = groups.at(-1);
    if (!group || group.number !== message.turn || (message.role === "user" && (group.user || group.replies.length))) {
      group = { number: message.turn, id: null, user: null, replies: [], rating: null };
      groups.push(group);
    }
    if (message.role === "user") {
      group.user = message;
      group.id = message.id ?? null;
    } else group.replies.push(message);
    group.rating ??= message.feedback ?? null;
  }
  return groups;
}
