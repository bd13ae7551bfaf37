/** The list of conversations: newest first, searched as one types, loaded page by page. */
import { h } from "./dom.js";
import { clockTime, dayName, t } from "./i18n.js";

const PAGE = 50;

const when = (seconds) => (seconds ? `${dayName(seconds * 1000)} ${clockTime(seconds * 1000)}` : "");
const turnsIn = (n) => t(n === 1 ? "inspect.turns.one" : "inspect.turns", { n });

export class ConversationList {
  #api;
  #list;
  #search;
  #more;
  #empty;
  #rows = new Map();
  #before = null;
  #selected = null;

  /** @param {HTMLElement} element the side bar @param {import("./api.js").Api} api */
  constructor(element, api) {
    this.#api = api;
    this.#list = element.querySelector("ul");
    this.#search = element.querySelector("input");
    this.#more = element.querySelector(".more");
    this.#empty = element.querySelector(".empty");
    this.#search.addEventListener("input", () => this.show());
    this.#more.addEventListener("click", () => void this.loadMore());
  }

  /** Read the newest page again; pages loaded before stay. */
  async refresh() {
    const { rows, before } = await this.#api.conversations(PAGE);
    if (!this.#rows.size) this.#before = before;
    for (const row of rows) this.#rows.set(row.conversation, row);
    this.show();
  }

  /** Read the next page. */
  async loadMore() {
    const { rows, before } = await this.#api.conversations(PAGE, this.#before);
    this.#before = before;
    for (const row of rows) this.#rows.set(row.conversation, row);
    this.show();
  }

  /** Mark the conversation that is open. */
  select(conversation) {
    this.#selected = conversation;
    this.show();
  }

  /** Draw the list anew. */
  show() {
    const wanted = this.#search.value.trim().toLowerCase();
    const rows = [...this.#rows.values()]
      .filter((row) => `${row.conversation} ${row.preview ?? ""}`.toLowerCase().includes(wanted))
      .sort((a, b) => (b.updated ?? 0) - (a.updated ?? 0));
    const focused = this.#list.contains(document.activeElement) ? document.activeElement.hash : null;
    this.#list.replaceChildren(...rows.map((row) => this.#item(row)));
    if (focused) [...this.#list.querySelectorAll("a")].find((link) => link.hash === focused)?.focus({ preventScroll: true });
    this.#more.hidden = this.#before === null;
    this.#empty.hidden = rows.length > 0;
    this.#empty.textContent = t(this.#rows.size ? "inspect.noMatch" : "inspect.noneYet");
  }

  #item(row) {
    const open = row.conversation === this.#selected;
    return h(
      "li",
      {},
      h(
        "a",
        { href: `#${encodeURIComponent(row.conversation)}`, "aria-current": open ? "true" : null },
        h("span", { class: "id" }, row.preview || row.conversation),
        h("span", { class: "about" }, [row.preview ? row.conversation : null, when(row.updated), row.turns === undefined ? null : turnsIn(row.turns)].filter(Boolean).join(" · ")),
      ),
    );
  }
}
