/**
 * Teaching: a conversation of its own, in which each step is confirmed or corrected, and kept as training data.
 * The page holds the lesson; it stays in this tab until it is kept or dropped.
 */
import { ApiError } from "./api.js";
import { t } from "./i18n.js";
import { actionForm, fullIntent, keepForm, messageForm, understandingForm } from "./lesson_forms.js";
import { load, save } from "./storage.js";
import { Timeline } from "./timeline.js";

const tab = () => sessionStorage;

export class LessonDesk {
  #api;
  #parts;
  #timeline;
  #choices = null;
  #state = load("lesson", null, tab);
  #failure = null;
  #kept = null;
  #busy = false;

  /** @param {HTMLElement} element the pane @param {import("./api.js").Api} api */
  constructor(element, api) {
    this.#api = api;
    const part = (selector) => element.querySelector(selector);
    this.#parts = { off: part(".off"), on: part(".on"), said: part(".said-now"), failure: part(".failure"), kept: part(".kept"), forms: part(".forms"), undo: part(".undo"), drop: part(".drop"), title: part("h2") };
    this.#timeline = new Timeline(part(".timeline"), part(".earlier"));
    this.#parts.undo.addEventListener("click", () => void this.#take("undo"));
    this.#parts.drop.addEventListener("click", () => this.mayLeave() && void this.begin());
  }

  /** Ask the server, once, whether it may be taught, and with which names. */
  async load() {
    this.#choices ??= await this.#api.lessonChoices();
  }

  /** Whether this server may be taught. */
  get allowed() {
    return this.#choices?.allowed === true;
  }

  /** Go on with the lesson of this tab, or begin one; where teaching is off, say so. */
  async open() {
    await this.load();
    if (this.allowed && this.#state === null) return this.begin();
    this.relabel();
    this.#focus();
  }

  /**
   * Begin a lesson: anew, or as a conversation did before one of its messages.
   * @param {string|null} conversation @param {number} events how many of its events stand before the message
   */
  async begin(conversation = null, events = 0) {
    this.#state = null;
    await this.#take("begin", { conversation, events });
  }

  /** Whether a new lesson may take the place of the one that is under way. */
  mayLeave() {
    return !this.#state?.lesson.heard.length || confirm(t("teach.dropQuestion"));
  }

  /** Say everything anew in the page's language. */
  relabel() {
    this.#timeline.relabel();
    this.#show();
  }

  // One step at a time: a second click must not run an action twice.
  async #take(step, body = {}) {
    if (this.#busy) return;
    this.#busy = true;
    this.#failure = null;
    const before = this.#state?.lesson;
    try {
      const answer = await this.#api.teach(step, before ? { lesson: before, ...body } : body);
      this.#kept = step === "keep" ? answer.files : null;
      this.#state = step === "keep" ? null : answer;
      save("lesson", this.#state, tab);
      if (step === "begin" || step === "undo") this.#timeline.clear();
      this.#tell(before?.events.length ?? 0);
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) this.#choices = { allowed: false };
      this.#failure = (error instanceof ApiError && error.message) || t("inspect.failed");
    }
    this.#busy = false;
    this.#show({ keepForms: this.#failure !== null && this.#state !== null });
    if (this.#failure === null) this.#focus();
  }

  // Let those hear it who don't see the timeline grow.
  #tell(from) {
    const said = (this.#state?.lesson.events ?? []).slice(from).filter((event) => event.event === "bot" && event.text);
    this.#parts.said.textContent = said.map((event) => t("chat.says", { name: t("chat.bot") }) + event.text).join(" ");
  }

  #show({ keepForms = false } = {}) {
    const { off, on, failure, kept, forms, undo, drop } = this.#parts;
    off.hidden = this.allowed;
    on.hidden = !this.allowed;
    failure.hidden = this.#failure === null;
    failure.textContent = this.#failure ?? "";
    kept.hidden = this.#kept === null;
    kept.textContent = this.#kept === null ? "" : t("teach.kept", { files: this.#kept.join(", ") });
    const lesson = this.#state?.lesson;
    undo.hidden = !lesson?.heard.length;
    drop.textContent = t(lesson ? "teach.drop" : "teach.another");
    this.#timeline.show(lesson?.events ?? [], []);
    if (!keepForms) forms.replaceChildren(...this.#forms());
  }

  #forms() {
    const state = this.#state;
    if (state === null || !this.allowed) return [];
    if (state.message) return [understandingForm(state, this.#choices, (body) => void this.#take("hear", { message: state.message, ...body }))];
    if (!state.waits) return [actionForm(state, this.#choices, (body) => void this.#take("act", body))];
    const speak = messageForm((body) => void this.#take("understand", body));
    if (!state.lesson.heard.length) return [speak];
    const first = state.lesson.events.find((event) => event.event === "user");
    const name = `taught: ${fullIntent(first.parse_data, this.#choices.intents)}`;
    return [speak, keepForm(state.examples, name, (body) => void this.#take("keep", body))];
  }

  // What is asked next can be confirmed at once, or typed.
  #focus() {
    const next = this.#parts.forms.querySelector("#lesson-message, .primary");
    (next ?? this.#parts.title).focus();
    next?.scrollIntoView({ block: "nearest" });
  }
}
