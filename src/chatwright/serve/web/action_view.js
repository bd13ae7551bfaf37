/** How the inspector shows what the bot did: the action, who chose it, why, and what came of it. */
import { h, icon, unseen } from "./dom.js";
import { percent, t } from "./i18n.js";
import { bubble, buttonsOf } from "./message.js";
import { safeImage } from "./text.js";
import { evidenceList, meter, short } from "./understanding_view.js";

const QUIET = new Set(["action_listen", "action_session_start"]);

const line = (name, key, value) => h("p", { class: "effect" }, icon(name), t(key, { name: value ?? "" }));
const unset = () => h("em", {}, t("inspect.unset"));
const valueOf = (value) => (value === null || value === undefined ? unset() : h("code", {}, short(value)));

/** A bot message as a bubble; its buttons only show what could be chosen. */
function said(event, key) {
  const message = { ...event.data, text: event.text };
  const buttons = buttonsOf(message);
  const src = safeImage(message.image);
  const rest = ["attachment", "custom", "elements"].filter((name) => message[name]).map((name) => h("pre", { class: "json", tabindex: "0" }, JSON.stringify(message[name], null, 2)));
  return h(
    "div",
    { class: "utterance" },
    unseen(t("chat.says", { name: t(key) })),
    event.text ? bubble(event.text) : null,
    src ? h("img", { src, alt: t("chat.image", { name: t(key) }), loading: "lazy", referrerpolicy: "no-referrer" }) : null,
    buttons.length ? h("ul", { class: "offered" }, buttons.map((button) => h("li", { title: short(button.payload) }, short(button.title ?? button.payload)))) : null,
    rest,
  );
}

function slot({ event, before }) {
  return h("p", { class: "effect slot" }, icon("slot"), h("code", {}, event.name), " ", valueOf(before), h("span", {}, "→"), valueOf(event.value));
}

/** What each kind of event looks like; a kind that is not here is shown as it is. */
const EFFECTS = {
  bot: ({ event }) => said(event, "chat.bot"),
  agent: ({ event }) => said(event, "inspect.agent"),
  slot,
  active_loop: ({ event }) => line("form", event.name ? "inspect.formStarted" : "inspect.formEnded", event.name),
  loop_interrupted: ({ event }) => (event.is_interrupted ? line("form", "inspect.interrupted") : null),
  followup: ({ event }) => line("bolt", "inspect.followup", event.name),
  reminder: ({ event }) => line("bolt", "inspect.reminder", `${event.name ?? event.intent} · ${event.date_time ?? ""}`),
  cancel_reminder: ({ event }) => line("bolt", "inspect.reminderCancelled", event.name ?? event.intent),
  restart: () => line("flag", "inspect.restarted"),
  session_started: () => line("flag", "inspect.session"),
  pause: () => line("pause", "inspect.pause"),
  resume: () => line("pause", "inspect.resume"),
  reset_slots: () => line("slot", "inspect.resetSlots"),
  rewind: () => line("flag", "inspect.rewind"),
  undo: () => line("flag", "inspect.undo"),
  user_featurization: () => null,
};

/** One effect of a step. */
export function effectView(effect) {
  const view = Object.hasOwn(EFFECTS, effect.event.event) ? EFFECTS[effect.event.event](effect) : h("p", { class: "effect" }, icon("bolt"), h("code", {}, effect.event.event), " ", effect.event.name ?? "");
  return view;
}

const errorWords = (error) => (typeof error === "string" ? error : (error?.message ?? short(error)));

function errorView(error) {
  if (!error) return null;
  return h("p", { class: "failure" }, icon("alert"), h("strong", {}, t("inspect.error")), " ", errorWords(error), error.code ? h("code", { class: "source" }, error.code) : null);
}

function proposals(step) {
  if (!step?.proposals?.length) return null;
  const row = (proposal) =>
    h("tr", proposal.policy === step.policy ? { class: "winner" } : {}, h("td", {}, proposal.policy ?? ""), h("td", {}, h("code", {}, proposal.action ?? "")), h("td", {}, typeof proposal.confidence === "number" ? percent(proposal.confidence) : ""));
  const head = ["policyColumn", "actionColumn", "confidence"].map((key) => h("th", { scope: "col" }, t(`inspect.${key}`)));
  return h("details", { class: "proposals" }, h("summary", {}, t("inspect.proposals")), h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, step.proposals.map(row))));
}

/** One action of a turn, from its event, its step of the why-trace, or both. */
export function actionView({ event, step, effects }) {
  const name = step?.action ?? event?.name ?? event?.action_text ?? "";
  const policy = step?.policy ?? event?.policy;
  const confidence = step?.confidence ?? event?.confidence;
  const rejected = step?.rejected || event?.event === "action_execution_rejected";
  return h(
    "li",
    { class: QUIET.has(name) ? "step quiet" : "step", "data-action": name },
    h(
      "div",
      { class: "decision" },
      h("code", { class: "action" }, name),
      name === "action_listen" ? h("span", { class: "by" }, t("inspect.listen")) : null,
      policy ? h("span", { class: "by" }, t("inspect.policy", { name: policy })) : null,
      typeof confidence === "number" && !QUIET.has(name) ? meter(confidence) : null,
    ),
    rejected ? line("alert", "inspect.rejected", name) : null,
    evidenceList(step?.evidence),
    proposals(step),
    errorView(step?.error ?? event?.metadata?.chatwright?.error),
    effects.map(effectView),
  );
}
