/** Building elements. Strings always become text nodes, so that no text can become markup. */
const SVG = "http://www.w3.org/2000/svg";

/** An element; properties that are null or false are left out, functions become listeners. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const ICONS = {
  up: "M7 11v9H4v-9h3zm0 0 4-8c1.7 0 2.5 1.2 2.2 2.8L12.6 9H18a2 2 0 0 1 2 2.4l-1.4 7A2 2 0 0 1 16.6 20H7",
  down: "M17 13V4h3v9h-3zm0 0-4 8c-1.7 0-2.5-1.2-2.2-2.8l.6-3.2H6a2 2 0 0 1-2-2.4l1.4-7A2 2 0 0 1 7.4 4H17",
  check: "m5 12.5 4.5 4.5L19 7.5",
  alert: "M12 8v5m0 3.5v.01M12 3l9.5 17h-19z",
  chevron: "m9 6 6 6-6 6",
  slot: "M4 7h16M4 12h10M4 17h7",
  form: "M6 3h12v18H6zM9 8h6M9 12h6M9 16h3",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  pause: "M8 5v14M16 5v14",
  flag: "M5 21V4h13l-3 4.5 3 4.5H5",
};

/** A decorative line icon; whatever it means must be said beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Text that only screen readers get. */
export const unseen = (text) => h("span", { class: "unseen" }, text);
