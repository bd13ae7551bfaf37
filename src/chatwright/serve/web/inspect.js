/** The inspector: what happened in a conversation, turn by turn, and why. */
import { Api, ApiError } from "./api.js";
import { ConversationList } from "./conversation_list.js";
import { bindLanguageSwitch, onLanguageChange, t } from "./i18n.js";
import { LessonDesk } from "./lesson_desk.js";
import { Scroller } from "./scroller.js";
import { StatePanel } from "./state_panel.js";
import { bindThemeToggle } from "./theme.js";
import { Timeline } from "./timeline.js";

const $ = (selector) => document.querySelector(selector);
const LIVE_MS = 2000;

const api = new Api(askForToken);
const list = new ConversationList($("#conversations"), api);
const timeline = new Timeline($("#timeline"), $("#earlier"));
const scroller = new Scroller($("#main"), $("#to-newest"));
const panel = new StatePanel($("#state"));
const desk = new LessonDesk($("#lesson"), api);

let open = null;
let events = [];
let whys = [];
let cursor = 0;
let noteKey = null;
let teaching = false;
let busy = Promise.resolve();

/** Ask for the API token; null when the person gives up. */
function askForToken(wrong) {
  const dialog = $("#token-dialog");
  const field = dialog.querySelector("input");
  $("#token-wrong").hidden = !wrong;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const done = () => resolve(dialog.returnValue === "yes" ? field.value.trim() || null : null);
    dialog.addEventListener("close", done, { once: true });
  });
}

/** Read what is new of the open conversation, and show it. */
async function refreshConversation() {
  const conversation = open;
  if (conversation === null) return;
  const known = events;
  const fresh = [];
  let after = cursor;
  for (;;) {
    const page = await api.events(conversation, after);
    fresh.push(...page.events);
    if (!page.events.length || page.after === after) break;
    after = page.after;
  }
  if (!fresh.length) return;
  const [traces, state] = await Promise.all([api.why(conversation), api.state(conversation)]);
  if (events !== known) return; // begun anew meanwhile
  // Nothing counts as read before all of it is: what failed is read again.
  events.push(...fresh);
  cursor = after;
  whys = traces;
  timeline.show(events, whys);
  panel.show(state);
  scroller.follow();
}

// One refresh at a time, whoever asks for it: events are appended in order.
function refresh() {
  busy = busy.then(async () => {
    try {
      await list.refresh();
      await desk.load();
      timeline.offer(desk.allowed ? correct : null);
      await refreshConversation();
      note(null);
    } catch (error) {
      note(error instanceof ApiError && error.status === 404 ? "inspect.notFound" : "inspect.failed");
      if (error instanceof ApiError && error.status === 401) setLive(false);
    }
  });
  return busy;
}

function note(key) {
  noteKey = key;
  $("#note").hidden = key === null;
  $("#note").textContent = key === null ? "" : t(key);
}

/** Open the conversation that the address names after `#`. */
function openFromAddress() {
  const wanted = decodeURIComponent(location.hash.slice(1)) || null;
  open = wanted;
  forget();
  list.select(open);
  show(false);
  $("#title").textContent = open ?? "";
  void refresh();
}

/** Show the lesson, or the conversation that is open. */
function show(lesson) {
  teaching = lesson;
  document.body.classList.toggle("reading", teaching || open !== null);
  $("#teach").setAttribute("aria-pressed", String(teaching));
  $("#lesson").hidden = !teaching;
  $("#pick").hidden = teaching || open !== null;
  $("#reading").hidden = teaching || open === null;
}

/** Begin a lesson at a message of the open conversation; the conversation stays as it is. */
function correct(event) {
  if (!desk.mayLeave()) return;
  show(true);
  void desk.begin(open, events.indexOf(event));
}

async function teach() {
  show(!teaching);
  if (!teaching) return;
  try {
    await desk.open();
  } catch {
    show(false);
    note("inspect.failed");
  }
}

function forget() {
  events = [];
  whys = [];
  cursor = 0;
  timeline.clear();
  panel.clear();
  scroller.toEnd();
}

const isLive = () => $("#live").getAttribute("aria-pressed") === "true";
const setLive = (live) => $("#live").setAttribute("aria-pressed", String(live));

$("#live").addEventListener("click", () => setLive(!isLive()));
$("#refresh").addEventListener("click", () => {
  forget();
  void refresh();
});
setInterval(() => isLive() && document.visibilityState === "visible" && !$("#token-dialog").open && void refresh(), LIVE_MS);
$("#teach").addEventListener("click", () => void teach());
addEventListener("hashchange", openFromAddress);
$(".state").open = matchMedia("(min-width: 52rem)").matches;
bindThemeToggle($("#theme"));
bindLanguageSwitch($("#language"));
onLanguageChange(() => {
  list.show();
  timeline.relabel();
  panel.relabel();
  desk.relabel();
  note(noteKey);
});
openFromAddress();
