/** Message text to nodes: links, code and line breaks; everything else stays the text it is. */
import { h } from "./dom.js";

const LINK = /\bhttps?:\/\/[^\s<>"'`，。；：！？、（）「」『』《》【】\u3000]+/giu;
const FENCE = /^[ \t]*```[^\n`]*\n([\s\S]*?)\n?[ \t]*```[ \t]*$/gm;
const IMAGE_DATA = /^data:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]/i;

/** The address as the browser will open it, null unless it is absolute http or https without credentials. */
export function safeLink(address) {
  try {
    const url = new URL(address);
    const web = url.protocol === "http:" || url.protocol === "https:";
    // https://bank.example@evil.example reads like the bank: it stays text.
    return web && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** The address of a picture: http, https, relative, or a data URL of an image; otherwise null. */
export function safeImage(address) {
  if (typeof address !== "string" || !address.trim()) return null;
  if (IMAGE_DATA.test(address.trim())) return address.trim();
  try {
    return safeLink(new URL(address, document.baseURI).href);
  } catch {
    return null;
  }
}

/** A link to another site, which learns nothing of this page. */
export const outside = (href, ...children) =>
  h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);

// A bracket or a full stop that closes the sentence is not part of the address.
function trimLink(match) {
  let link = match.replace(/[.,;:!?*_~]+$/, "");
  while (/[)\]}]$/.test(link)) {
    const close = link.at(-1);
    const open = { ")": "(", "]": "[", "}": "{" }[close];
    if (link.split(open).length >= link.split(close).length) break;
    link = link.slice(0, -1).replace(/[.,;:!?*_~]+$/, "");
  }
  return link;
}

function* linked(text) {
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimLink(match[0]);
    const href = safeLink(link);
    if (!href) continue;
    yield text.slice(end, match.index);
    yield outside(href, link);
    end = match.index + link.length;
  }
  yield text.slice(end);
}

function* inline(text) {
  for (const [index, part] of text.split(/(`[^`\n]+`)/).entries()) {
    if (index % 2) yield h("code", {}, part.slice(1, -1));
    else yield* linked(part);
  }
}

/** The nodes of a message text. */
export function richText(text) {
  const nodes = document.createDocumentFragment();
  let end = 0;
  const prose = (part) => part && nodes.append(h("p", {}, ...inline(part)));
  for (const fence of text.matchAll(FENCE)) {
    prose(text.slice(end, fence.index).replace(/\n$/, ""));
    nodes.append(h("pre", { tabindex: "0" }, h("code", {}, fence[1])));
    end = fence.index + fence[0].length;
    if (text[end] === "\n") end += 1;
  }
  prose(text.slice(end));
  return nodes;
}

/** `zh-Hans` for a text with Chinese characters, else `en`; tells voices and fonts how to read it. */
export const textLanguage = (text) => (/\p{Script=Han}/u.test(text) ? "zh-Hans" : "en");
