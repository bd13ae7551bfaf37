/** Marking what is an entity in a message: select words, by mouse or with Shift and the arrow keys, and name them. */
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { textLanguage } from "./text.js";

const labelOf = (entity) => [entity.entity, entity.role && `:${entity.role}`, entity.group && `#${entity.group}`].filter(Boolean).join("");

/** Code points of `text` before place `at` of its text box, which shows every end of line as one character. */
function pointsBefore(text, at) {
  let points = 0;
  let place = 0;
  let before = "";
  for (const point of text) {
    if (place >= at) break;
    if (before + point !== "\r\n") place += point.length;
    points += 1;
    before = point;
  }
  return points;
}

export class EntityMarker {
  /** What is marked now: entities with `start` and `end` in code points, as the server counts. */
  entities;
  #text;
  #points;
  #box;
  #names;
  #list;
  #status;

  /**
   * @param {string} text the message
   * @param {object[]} entities what was found in it
   * @param {{entity: string, role: string|null, group: string|null}[]} choices the names that the bot knows
   */
  constructor(text, entities, choices) {
    this.#text = text;
    this.#points = [...text];
    // Two extractors may have found the same: it is one mark.
    const key = (entity) => [entity.entity, entity.start, entity.end, entity.role, entity.group].join("\t");
    this.entities = [...new Map(entities.toReversed().map((entity) => [key(entity), entity])).values()].toReversed();
    this.#box = h("textarea", {
      id: "lesson-words",
      rows: Math.min(4, text.split("\n").length),
      lang: textLanguage(text),
      // Not `readonly`: there the arrow keys select nothing.
      "aria-readonly": "true",
      inputmode: "none",
      spellcheck: "false",
      beforeinput: (event) => event.preventDefault(),
      input: () => (this.#box.value = text),
    });
    this.#box.value = text;
    this.#names = h("select", { id: "lesson-entity" }, choices.map((choice, index) => h("option", { value: index }, labelOf(choice))));
    this.#list = h("ul", { class: "marks" });
    this.#status = h("p", { class: "hint", role: "status" });
    this.element = h(
      "div",
      { class: "marker" },
      h("label", { for: "lesson-words" }, t("teach.words")),
      this.#box,
      h("p", { class: "hint" }, t("teach.markHint")),
      h("div", { class: "row" }, h("label", { for: "lesson-entity" }, t("teach.entity")), this.#names, h("button", { type: "button", class: "button", click: () => this.#mark(choices[this.#names.value]) }, t("teach.mark"))),
      this.#status,
      this.#list,
    );
    this.#show();
  }

  #mark(choice) {
    let start = pointsBefore(this.#text, this.#box.selectionStart);
    let end = pointsBefore(this.#text, this.#box.selectionEnd);
    while (start < end && !this.#points[start].trim()) start += 1;
    while (end > start && !this.#points[end - 1].trim()) end -= 1;
    if (start === end) return this.#tell(t("teach.selectFirst"));
    // Words are one thing: what was marked there before is replaced.
    const apart = this.entities.filter((entity) => entity.end <= start || entity.start >= end || entity.end === entity.start);
    this.entities = [...apart, { ...choice, start, end }].sort((a, b) => a.start - b.start);
    this.#show();
    this.#tell(t("teach.marked", { words: this.#wordsOf({ start, end }), name: labelOf(choice) }));
  }

  #remove(entity) {
    this.entities = this.entities.filter((other) => other !== entity);
    this.#show();
    this.#box.focus();
  }

  #tell(words) {
    this.#status.textContent = words;
  }

  #wordsOf(entity) {
    return this.#points.slice(entity.start, entity.end).join("") || String(entity.value ?? "");
  }

  #show() {
    const item = (entity) => {
      const words = this.#wordsOf(entity);
      const remove = h("button", { type: "button", class: "link", click: () => this.#remove(entity) }, t("teach.unmark"));
      remove.setAttribute("aria-label", t("teach.unmarkOne", { words, name: labelOf(entity) }));
      return h("li", {}, h("mark", {}, words), " ", h("code", {}, labelOf(entity)), remove);
    };
    this.#list.replaceChildren(...this.entities.map(item));
  }
}
