/** The event timeline: one card per turn, drawn again only where something changed. */
import { actionView, effectView } from "./action_view.js";
import { h, icon, unseen } from "./dom.js";
import { clockTime, dayName, t } from "./i18n.js";
import { groupTurns } from "./turns.js";
import { userView } from "./understanding_view.js";

/** Cards drawn at first; earlier turns come on demand, so that a long conversation opens at once. */
const SHOWN = 40;

export class Timeline {
  #element;
  #earlier;
  #cards = new Map();
  #limit = SHOWN;
  #data = { events: [], whys: [] };
  #correct = null;

  /** @param {HTMLElement} element holds the cards @param {HTMLButtonElement} earlier shows more */
  constructor(element, earlier) {
    this.#element = element;
    this.#earlier = earlier;
    earlier.addEventListener("click", () => {
      this.#limit += SHOWN;
      this.#draw();
    });
  }

  /** Offer to correct each message; `correct` gets its event, null offers nothing. */
  offer(correct) {
    if (this.#correct === correct) return;
    this.#correct = correct;
    this.relabel();
  }

  /** Forget the conversation. */
  clear() {
    this.#cards.clear();
    this.#limit = SHOWN;
    this.#data = { events: [], whys: [] };
    this.#element.replaceChildren();
    this.#earlier.hidden = true;
  }

  /** Show these events and traces. */
  show(events, whys) {
    this.#data = { events, whys };
    this.#draw();
  }

  /** Say everything anew in the page's language. */
  relabel() {
    this.#cards.clear();
    this.#element.replaceChildren();
    this.#draw();
  }

  #draw() {
    const turns = groupTurns(this.#data.events, this.#data.whys);
    const shown = turns.slice(-this.#limit);
    this.#earlier.hidden = shown.length === turns.length;
    const elements = shown.map((turn, index) => {
      const key = turns.length - shown.length + index;
      const state = `${turn.events.length} ${turn.why !== null} ${turn.feedback}`;
      const known = this.#cards.get(key);
      if (known?.state === state) return known.element;
      const element = card(turn, this.#correct);
      known?.element.replaceWith(element);
      this.#cards.set(key, { state, element });
      return element;
    });
    for (const [index, element] of elements.entries()) {
      const there = this.#element.children[index];
      if (there !== element) this.#element.insertBefore(element, there ?? null);
    }
    while (this.#element.childElementCount > elements.length) this.#element.lastElementChild.remove();
  }
}

function card(turn, correct) {
  const heading = `turn-${turn.number}-${Math.random().toString(36).slice(2)}`;
  const started = turn.events[0]?.timestamp * 1000;
  const took = Object.values(turn.why?.timing_ms ?? {}).reduce((sum, ms) => sum + (Number(ms) || 0), 0);
  return h(
    "article",
    { class: "card", "aria-labelledby": heading, "data-turn": turn.number },
    h(
      "header",
      {},
      h("h3", { id: heading }, turn.number ? t("inspect.turn", { n: turn.number }) : t("inspect.start")),
      started ? h("time", { datetime: new Date(started).toISOString() }, `${dayName(started)} ${clockTime(started, true)}`) : null,
      took ? h("span", { class: "took", title: short(turn.why.timing_ms) }, t("inspect.took", { n: took < 10 ? took.toFixed(1) : Math.round(took) })) : null,
      turn.form ? h("span", { class: "badge form" }, icon("form"), unseen(`${t("inspect.form")} `), turn.form) : null,
      rating(turn.feedback),
    ),
    h("div", { class: "blocks" }, sections(turn, correct)),
    raw(turn),
  );
}

const short = (timings) => Object.entries(timings).map(([name, ms]) => `${name} ${ms} ms`).join(", ");

function rating(value) {
  if (value !== "up" && value !== "down") return null;
  return h("span", { class: `rating ${value}` }, icon(value), t(value === "up" ? "inspect.feedbackUp" : "inspect.feedbackDown"));
}

// Consecutive actions form one list.
function sections(turn, correct) {
  const out = [];
  const heard = [turn.why?.understanding, ...(turn.why?.further ?? [])]; // one for each request in the message
  for (const block of turn.blocks) {
    if (block.kind === "action") {
      if (out.at(-1)?.tagName !== "OL") out.push(h("ol", { class: "steps", "aria-label": t("inspect.actions") }));
      out.at(-1).append(actionView(block));
    } else {
      if (block.kind === "user") {
        out.push(userView(block.event, heard.shift()));
        if (correct && !block.event.metadata?.is_external) out.push(correction(block.event, correct));
      }
      const effects = block.effects.map(effectView).filter(Boolean);
      if (effects.length) out.push(h("div", { class: "effects" }, effects));
    }
  }
  return out;
}

function correction(event, correct) {
  const label = t("teach.correctOne", { text: event.text ?? "" });
  return h("button", { type: "button", class: "link correct", "aria-label": label, click: () => correct(event) }, t("teach.correct"));
}

function raw(turn) {
  const details = h("details", { class: "raw" }, h("summary", {}, t("inspect.raw")));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("pre")) return;
    details.append(h("pre", { class: "json", tabindex: "0" }, JSON.stringify({ events: turn.events, why: turn.why }, null, 2)));
  });
  return details;
}
