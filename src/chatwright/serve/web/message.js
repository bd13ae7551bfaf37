/** One message of the bot as elements: text, picture, buttons, cards, attachment. */
import { h, icon, unseen } from "./dom.js";
import { t } from "./i18n.js";
import { outside, richText, safeImage, safeLink, textLanguage } from "./text.js";

const list = (value) => (Array.isArray(value) ? value.filter((item) => item && typeof item === "object") : []);
const words = (value) => (value === null || value === undefined ? "" : String(value));

/** A speech bubble with a text. */
export const bubble = (text) => h("div", { class: "bubble", lang: textLanguage(text) }, richText(text));

/** A picture that says so when it cannot be loaded; null for an address that is not allowed. */
function picture(address, alt) {
  const src = safeImage(address);
  if (!src) return null;
  const image = h("img", { src, alt, loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
  const frame = h("div", { class: "picture" }, safeLink(src) ? outside(src, image) : image);
  image.addEventListener("error", () => {
    frame.replaceChildren(h("p", { class: "missing" }, icon("alert"), t("chat.imageFailed"), " ", alt));
  });
  return frame;
}

/** What a button sends: its payload, or its title where it has none. */
export const payloadOf = (button) => words(button.payload) || words(button.title);

/** The buttons of a message, however they are named; cards bring theirs. */
export const buttonsOf = (message) => [
  ...list(message.buttons),
  ...list(message.quick_replies),
  ...list(message.elements).flatMap((element) => list(element.buttons)),
];

function choice(button, choose) {
  const title = words(button.title) || payloadOf(button);
  const href = safeLink(words(button.url));
  if (href) {
    const link = outside(href, title);
    link.className = "choice";
    return link;
  }
  if (!title) return null;
  const payload = payloadOf(button);
  return h("button", { type: "button", class: "choice", "data-payload": payload, lang: textLanguage(title), click: () => choose(payload, title) }, title);
}

const choices = (buttons, choose, kind) =>
  buttons.length ? h("div", { class: `choices ${kind}` }, buttons.map((button) => choice(button, choose))) : null;

function card(element, choose) {
  const title = words(element.title);
  const href = safeLink(words(element.default_action?.url));
  return h(
    "li",
    { class: "card", lang: textLanguage(title) },
    picture(element.image_url, title),
    title ? h("p", { class: "card-title" }, href ? outside(href, title) : title) : null,
    element.subtitle ? h("p", { class: "card-subtitle" }, words(element.subtitle)) : null,
    choices(list(element.buttons), choose, "stacked"),
  );
}

function attached(attachment, alt) {
  if (!attachment) return null;
  const payload = attachment.payload ?? attachment;
  const address = typeof payload === "string" ? payload : words(payload.src ?? payload.url);
  const title = words(payload.title) || t("chat.attachment");
  if (attachment.type === "image") return picture(address, words(payload.title) || alt);
  const href = safeLink(address);
  return href ? h("p", { class: "bubble" }, outside(href, title)) : data(attachment);
}

const data = (value) =>
  h("details", { class: "data" }, h("summary", {}, t("chat.data")), h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));

/**
 * The elements of a bot message.
 * @param {object} message as the server sends it
 * @param {{name: string, choose: (payload: string, title: string) => void}} options
 */
export function botMessage(message, { name, choose }) {
  const text = words(message.text);
  const alt = text.split("\n")[0].slice(0, 120) || t("chat.image", { name });
  const cards = list(message.elements);
  return h(
    "div",
    { class: "message" },
    unseen(t("chat.says", { name })),
    text ? bubble(text) : null,
    picture(message.image, alt),
    cards.length ? h("ul", { class: "cards" }, cards.map((element) => card(element, choose))) : null,
    attached(message.attachment, alt),
    message.custom ? data(message.custom) : null,
    choices(list(message.buttons), choose, "stacked"),
    choices(list(message.quick_replies), choose, "inline"),
  );
}

/** Mark which of `buttons` was chosen. */
export function markChosen(button) {
  if (button.classList.contains("chosen")) return;
  button.classList.add("chosen");
  button.append(icon("check"), unseen(` (${t("chat.chosen")})`));
}
