/** The language of the page: the browser's, until the person chooses one. */
import { load, save } from "./storage.js";
import { STRINGS } from "./strings.js";

export const LANGUAGES = Object.keys(STRINGS);
const NAMES = { en: "English", zh: "中文" };
const HTML_LANG = { en: "en", zh: "zh-Hans" };

let choice = LANGUAGES.includes(load("language")) ? load("language") : "auto";
const listeners = new Set();

/** The language that the person chose; null while the choice is left to the browser and the bot. */
export const chosenLanguage = () => (choice === "auto" ? null : choice);

/** The language that the page speaks. */
export function language() {
  if (choice !== "auto") return choice;
  for (const tag of navigator.languages ?? []) {
    const primary = tag.toLowerCase().split("-")[0];
    if (LANGUAGES.includes(primary)) return primary;
  }
  return "en";
}

/** The text of `key`, with `{name}` replaced from `values`. */
export function t(key, values = {}) {
  return STRINGS[language()][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Fill in the words of every element below `root` that names them (`data-t`, `data-t-label`, …). */
export function translate(root = document) {
  document.documentElement.lang = HTML_LANG[language()];
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    if (element.matches("button, a")) element.title = t(element.dataset.tLabel);
  }
  for (const element of root.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}

/** Call `listener` after every change of language. */
export const onLanguageChange = (listener) => listeners.add(listener);

/** Make `select` the switch of languages, and translate the page now and at every change. */
export function bindLanguageSwitch(select) {
  const auto = new Option("", "auto");
  auto.dataset.t = "language.auto";
  select.append(auto, ...LANGUAGES.map((code) => new Option(NAMES[code], code)));
  select.value = choice;
  select.addEventListener("change", () => {
    choice = select.value;
    save("language", chosenLanguage());
    translate();
    for (const listener of listeners) listener();
  });
  translate();
}

/** A clock time such as 14:05, in the page's language. `ms` since 1970. */
export const clockTime = (ms, seconds = false) =>
  new Intl.DateTimeFormat(HTML_LANG[language()], {
    hour: "2-digit",
    minute: "2-digit",
    second: seconds ? "2-digit" : undefined,
    hourCycle: "h23",
  }).format(ms);

/** A day such as "Today" or "3 May 2026". `ms` since 1970. */
export function dayName(ms) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (ms >= midnight) return t("time.today");
  if (ms >= new Date(midnight - 1).setHours(0, 0, 0, 0)) return t("time.yesterday");
  return new Intl.DateTimeFormat(HTML_LANG[language()], { dateStyle: "medium" }).format(ms);
}

/** A share between 0 and 1 as a percentage. */
export const percent = (share) =>
  new Intl.NumberFormat(HTML_LANG[language()], { style: "percent", maximumFractionDigits: 1 }).format(share);
