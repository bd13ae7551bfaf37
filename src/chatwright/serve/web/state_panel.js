/** The state of the open conversation now: slots, active form, whether a person has taken over. */
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { short } from "./understanding_view.js";

export class StatePanel {
  #element;
  #tracker = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  clear() {
    this.#tracker = null;
    this.#element.replaceChildren();
  }

  /** Show a tracker's state. */
  show(tracker) {
    this.#tracker = tracker;
    this.relabel();
  }

  /** Say everything anew in the page's language. */
  relabel() {
    const tracker = this.#tracker;
    if (!tracker) return;
    const set = Object.entries(tracker.slots ?? {}).filter(([, value]) => value !== null && value !== undefined);
    const form = tracker.active_loop?.name;
    this.#element.replaceChildren(
      ...[
        tracker.paused ? h("p", { class: "failure" }, t("inspect.paused")) : null,
        h("h3", {}, t("inspect.form")),
        h("p", {}, form ? h("code", {}, form) : t("inspect.noForm")),
        h("h3", {}, t("inspect.slots")),
        set.length
          ? h("dl", {}, set.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, short(value))]))
          : h("p", {}, t("inspect.noSlots")),
      ].filter(Boolean),
    );
  }
}
