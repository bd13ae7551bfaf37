/** How the inspector shows what was understood of a message: marked text, intents, entities, evidence. */
import { h, unseen } from "./dom.js";
import { language, percent, t } from "./i18n.js";
import { textLanguage } from "./text.js";

const COLOURS = 6;
const SHOWN_INTENTS = 5;

/** A value as a short text. */
export const short = (value) => (typeof value === "string" ? value : JSON.stringify(value) ?? "");

const colour = (name) => `hue-${[...String(name)].reduce((sum, c) => sum + c.codePointAt(0), 0) % COLOURS}`;

const kindOf = (entity) =>
  [entity.entity, entity.role && `:${entity.role}`, entity.group && `#${entity.group}`].filter(Boolean).join("");

/** A bar with its share in words. */
export function meter(share) {
  const fill = h("span", { class: "fill" });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: "meter" }, h("span", { class: "track", "aria-hidden": "true" }, fill), h("span", { class: "share" }, percent(share)));
}

/** The text with its entities marked. Offsets count code points, as the server's do. */
function markedText(text, entities) {
  const points = [...text];
  const nodes = [];
  let end = 0;
  for (const entity of entities.toSorted((a, b) => a.start - b.start)) {
    if (!(entity.start >= end && entity.end > entity.start && entity.end <= points.length)) continue;
    nodes.push(
      points.slice(end, entity.start).join(""),
      h("mark", { class: colour(entity.entity), title: kindOf(entity) }, points.slice(entity.start, entity.end).join(""), unseen(` (${kindOf(entity)})`)),
    );
    end = entity.end;
  }
  nodes.push(points.slice(end).join(""));
  return h("p", { class: "bubble mine", lang: textLanguage(text) }, nodes);
}

function intents(ranking) {
  const rows = ranking.slice(0, SHOWN_INTENTS).map((score, index) =>
    h("li", { class: index ? "intent" : "intent best" }, h("code", {}, score.name ?? t("inspect.noIntent")), meter(Number(score.confidence) || 0)),
  );
  return h("section", {}, h("h4", {}, t("inspect.intents")), h("ol", { class: "intents" }, rows));
}

function normalised(info) {
  if (!info || typeof info !== "object" || !Object.keys(info).length) return "";
  if (!("value" in info)) return short(info);
  return [short(info.value), info.unit, info.kind && `(${info.kind})`].filter(Boolean).join(" ");
}

function entityTable(entities) {
  const head = ["entity", "value", "normalised", "source", "confidence"].map((key) => h("th", { scope: "col" }, t(`inspect.${key}`)));
  const rows = entities.map((entity) =>
    h(
      "tr",
      {},
      h("td", {}, h("mark", { class: colour(entity.entity) }, kindOf(entity))),
      h("td", {}, short(entity.value)),
      h("td", {}, normalised(entity.additional_info)),
      h("td", {}, entity.extractor ?? ""),
      h("td", {}, typeof entity.confidence_entity === "number" ? percent(entity.confidence_entity) : ""),
    ),
  );
  return h(
    "section",
    {},
    h("h4", {}, t("inspect.entities")),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": t("inspect.entities") }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows))),
  );
}

/** Reasons as sentences, each with the place that it points to. */
export function evidenceList(evidence) {
  if (!evidence?.length) return null;
  const items = evidence.map((reason) =>
    h(
      "li",
      { "data-kind": reason.kind ?? "" },
      h("span", {}, reason.translations?.[language()] ?? reason.summary ?? short(reason)),
      ...(reason.source ? [" ", h("code", { class: "source" }, reason.source)] : []),
      ...(typeof reason.score === "number" ? [" ", h("span", { class: "score" }, reason.score.toFixed(2))] : []),
    ),
  );
  return h("ul", { class: "evidence" }, items);
}

/** The message of a `user` event with everything understood of it; `trace` is the why's part. */
export function userView(event, trace) {
  const parsed = event.parse_data ?? {};
  const text = event.text ?? parsed.text ?? "";
  const entities = (parsed.entities ?? trace?.entities ?? []).filter((entity) => entity && entity.entity);
  const ranking = parsed.intent_ranking?.length ? parsed.intent_ranking : (trace?.ranking ?? [parsed.intent ?? {}]);
  const spoken = parsed.chatwright?.language ?? trace?.language;
  const evidence = trace?.evidence ?? parsed.chatwright?.evidence;
  return h(
    "div",
    { class: "user-block" },
    h("div", { class: "said" }, unseen(t("chat.says", { name: t("chat.you") })), markedText(text, entities)),
    h(
      "div",
      { class: "understanding" },
      h("h4", { class: "unseen" }, t("inspect.understanding")),
      spoken ? h("p", { class: "badge" }, unseen(`${t("language.label")} `), spoken) : null,
      intents(ranking),
      entities.length ? entityTable(entities) : null,
      evidence?.length ? h("section", {}, h("h4", {}, t("inspect.why")), evidenceList(evidence)) : null,
    ),
  );
}
