/** What a lesson asks: is this understood rightly, what comes next, what is said now, how is the story called? */
import { h } from "./dom.js";
import { EntityMarker } from "./entity_marker.js";
import { percent, t } from "./i18n.js";
import { textLanguage } from "./text.js";
import { evidenceList } from "./understanding_view.js";

/** A form whose button says `key`; `read` gives what is sent. */
function form(name, legend, fields, key, send, { primary = true } = {}) {
  const submit = h("button", { class: primary ? "button primary" : "button" }, t(key));
  return h(
    "form",
    {
      class: "lesson-form",
      "data-form": name,
      submit: (event) => {
        event.preventDefault();
        send();
      },
    },
    h("fieldset", {}, h("legend", {}, legend), fields, submit),
  );
}

function select(id, key, names, chosen) {
  const known = names.includes(chosen);
  const options = names.map((name) => h("option", { value: name, selected: name === chosen }, name));
  const none = known ? null : h("option", { value: "", selected: true, disabled: true }, "");
  const element = h("select", { id, required: true }, none, options);
  return { element, row: h("div", { class: "row" }, h("label", { for: id }, t(key)), element) };
}

/** The intent with the key of its answer where it has one, as the list of intents names it. */
export function fullIntent(parsed, names) {
  const name = parsed.intent?.name ?? null;
  const selector = parsed.response_selector ?? {};
  const key = (selector[name] ?? selector.default)?.response?.intent_response_key;
  return names.includes(key) && key.startsWith(`${name}/`) ? key : name;
}

/** Is the message understood rightly? `send` gets `{intent, entities}`. */
export function understandingForm({ message, payload }, choices, send) {
  const parsed = message.parse_data ?? {};
  const text = message.text ?? "";
  const legend = t("teach.understood");
  const said = h("p", { class: "bubble mine", lang: textLanguage(text) }, text);
  const name = fullIntent(parsed, choices.intents);
  if (payload) {
    const sendAsIs = () => send({ intent: name, entities: parsed.entities ?? [] });
    return form("understanding", legend, [said, h("p", { class: "hint" }, t("teach.payload"))], "teach.confirm", sendAsIs);
  }
  const intent = select("lesson-intent", "teach.intent", choices.intents, name);
  const sure = typeof parsed.intent?.confidence === "number" && name ? h("p", { class: "hint" }, t("teach.found", { name, share: percent(parsed.intent.confidence) })) : null;
  const marker = choices.entities.length ? new EntityMarker(text, parsed.entities ?? [], choices.entities) : null;
  const sendCorrected = () => send({ intent: intent.element.value, entities: marker?.entities ?? [] });
  return form("understanding", legend, [marker?.element ?? said, intent.row, sure], "teach.confirm", sendCorrected);
}

/** Is this what the bot is to do next? `send` gets `{action}`. */
export function actionForm({ next, declined }, choices, send) {
  const names = choices.actions.includes(next.action) ? choices.actions : [next.action, ...choices.actions];
  const action = select("lesson-action", "teach.action", names, next.action);
  const by = h("p", { class: "hint" }, t("teach.proposed", { action: next.action, policy: next.policy, share: percent(next.confidence) }));
  const fields = [declined ? h("p", { class: "hint" }, t("teach.declined")) : null, by, evidenceList(next.evidence), action.row];
  return form("action", t("teach.next"), fields, "teach.do", () => send({ action: action.element.value }));
}

/** What does the person say now? `send` gets `{text}`. */
export function messageForm(send) {
  const box = h("input", { id: "lesson-message", maxlength: 4000, required: true, autocomplete: "off" });
  const fields = [h("label", { for: "lesson-message" }, t("teach.say")), box];
  return form("message", t("teach.waits"), fields, "composer.send", () => box.value.trim() && send({ text: box.value.trim() }));
}

/** Is the lesson to be kept? `send` gets `{name}`. */
export function keepForm(examples, name, send) {
  const box = h("input", { id: "lesson-name", maxlength: 200, required: true, autocomplete: "off", value: name });
  const list = h("ul", { class: "evidence" }, examples.map((example) => h("li", { lang: textLanguage(example) }, example)));
  const fields = [
    examples.length ? [h("p", { class: "hint" }, t("teach.examples")), list] : [],
    h("label", { for: "lesson-name" }, t("teach.name")),
    box,
  ].flat();
  return form("keep", t("teach.keepTitle"), fields, "teach.keep", () => box.value.trim() && send({ name: box.value.trim() }), { primary: false });
}
