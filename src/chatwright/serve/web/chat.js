/** The chat page: one conversation with the bot, over one WebSocket that comes back by itself. */
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { ConnectionView } from "./connection_view.js";
import { LANGUAGES, bindLanguageSwitch, chosenLanguage, onLanguageChange, t } from "./i18n.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { Ratings } from "./ratings.js";
import { SessionRefused, chatAddress, forgetSession } from "./session.js";
import { load, onForeignChange, save } from "./storage.js";
import { Scroller } from "./scroller.js";
import { bindThemeToggle } from "./theme.js";

const $ = (selector) => document.querySelector(selector);
const TYPING_DELAY_MS = 250;
/** Error codes of the server that deserve their own words. */
const ERRORS = {
  message_too_long: "error.tooLong",
  too_large: "error.tooLong",
  busy: "error.busy",
  rate_limited: "error.busy",
  timeout: "error.timeout",
};

const outbox = new Outbox();
const ratings = new Ratings();
const scroller = new Scroller($("#scroller"), $("#to-newest"));
const view = new ConnectionView($("#connection"), $("#banner"), () => connection.retryNow());
const log = new Log($("#log"), { botName, choose: send, retry, rate });
const composer = new Composer($("#composer"), (text) => send(text));
const connection = new Connection({
  address: chatAddress,
  onFrame: (frame) => frames[frame.type]?.(frame),
  onState: showState,
  onRefused: forgetSession,
});

let bot = null;
let conversation = load("conversation");
/** The person asked for the new conversation, here or in another tab. */
let startedAnew = false;
/** Whether this connection has told what the server knows; before that nothing may be sent anew. */
let synced = false;
/** Id of the one message that the server is answering. */
let inFlight = null;
let typingTimer = 0;

function botName() {
  return bot?.name || t("chat.bot");
}

/** Say `text` (a button's payload, shown by its `title`). */
function send(text, title = null) {
  const entry = outbox.add(text, title === text ? null : title);
  log.showUser(entry, view.isOnline ? "sending" : "waiting");
  showWelcome();
  scroller.toEnd();
  focusComposer();
  pump();
}

/** Send the oldest waiting message, one at a time, so that their order is the person's. */
function pump() {
  const entry = outbox.next;
  if (!synced || inFlight || !entry) return;
  const frame = { type: "message", id: entry.id, text: entry.text, language: chosenLanguage() };
  if (!connection.send(frame)) return;
  inFlight = entry.id;
  log.beginAnswer(entry.id);
  log.showUser(entry, "sending");
}

function retry(id) {
  outbox.setFailed(id, false);
  const entry = outbox.get(id);
  if (entry) log.showUser(entry, view.isOnline ? "sending" : "waiting");
  focusComposer();
  pump();
}

function rate(turn, value) {
  ratings.give(turn.number, value);
  log.rate(turn.number, value);
  connection.send({ type: "feedback", turn: turn.number, value });
}

/** The message is answered, or it failed: the next one may go. */
function settle(id) {
  if (inFlight === id) inFlight = null;
  showTyping(false);
  pump();
}

const frames = {
  session(frame) {
    if (conversation !== null && conversation !== frame.conversation) {
      log.clear();
      ratings.clear();
      if (!startedAnew) view.note("chat.expired");
    }
    startedAnew = false;
    conversation = frame.conversation;
    save("conversation", conversation);
    const renamed = bot !== null && bot.name !== frame.bot?.name;
    bot = frame.bot ?? null;
    showName();
    if (renamed) log.relabel();
    connection.send({ type: "history" });
  },
  history(frame) {
    const messages = Array.isArray(frame.messages) ? frame.messages : [];
    for (const message of messages) if (message.role === "user" && message.id !== inFlight) outbox.remove(message.id);
    for (const entry of outbox.entries) log.showUser(entry, entry.failed ? "failed" : "sending");
    log.restore(messages, new Set(outbox.entries.map((entry) => entry.id)), (number, told) => ratings.of(number, told));
    showWelcome(true);
    scroller.follow();
    synced = true;
    for (const [turn, value] of ratings.unsent) connection.send({ type: "feedback", turn, value });
    pump();
  },
  typing: () => showTyping(true),
  reply(frame) {
    log.showReply(frame);
    showWelcome();
    scroller.follow();
  },
  "turn.completed"(frame) {
    const entry = outbox.get(frame.in_reply_to);
    outbox.remove(frame.in_reply_to);
    if (entry) log.showUser(entry, null);
    log.complete(frame);
    save("answered", Date.now());
    settle(frame.in_reply_to);
    scroller.follow();
  },
  "feedback.kept"(frame) {
    ratings.kept(frame.turn, frame.value);
    log.rate(frame.turn, frame.value);
    view.announce("chat.feedbackKept");
  },
  error(frame) {
    const words = ERRORS[frame.code] ?? "error.general";
    const entry = outbox.get(frame.in_reply_to);
    if (!entry) return view.note(words);
    outbox.setFailed(entry.id, true);
    log.showUser(entry, "failed", words);
    scroller.follow();
    settle(entry.id);
  },
};

function showState(state) {
  view.show(state);
  if (state.name === "online") return;
  synced = false;
  inFlight = null;
  showTyping(false);
  const refused = state.reason instanceof SessionRefused && [401, 403].includes(state.reason.status);
  if (refused) view.note("error.forbidden");
  if (state.name === "offline") showWaiting();
}

function showTyping(typing) {
  clearTimeout(typingTimer);
  const show = () => {
    $("#typing").hidden = !typing;
    scroller.follow();
  };
  // An answer that comes at once needs no indicator before it.
  if (typing) typingTimer = setTimeout(show, TYPING_DELAY_MS);
  else show();
}

function showWelcome(known = !$("#welcome").hidden) {
  $("#welcome").hidden = !(known && log.isEmpty);
  $("#welcome-hint").hidden = !LANGUAGES.every((code) => bot?.languages?.includes(code));
}

function showName() {
  document.title = bot?.name ? `${bot.name} · ${t("page.chat")}` : t("page.chat");
  $("#bot-name").textContent = botName();
  $("#typing").setAttribute("aria-label", t("chat.typing", { name: botName() }));
}

/** On a touch screen focus opens the keyboard over the answer: there the log takes it. */
function focusComposer() {
  if (matchMedia("(pointer: coarse)").matches) $("#log").focus({ preventScroll: true });
  else composer.focus();
}

function startAnew() {
  startedAnew = true;
  forgetSession();
  outbox.clear();
  ratings.clear();
  log.clear();
  synced = false;
  inFlight = null;
  void connection.connect();
  focusComposer();
}

/** Messages from before a reload stay in sight while the server is away. */
function showWaiting() {
  for (const entry of outbox.entries) log.showUser(entry, entry.failed ? "failed" : "waiting");
}

for (const chip of document.querySelectorAll(".suggestion")) {
  chip.addEventListener("click", () => send(chip.textContent));
}
$("#restart").addEventListener("click", () => send("/restart"));
$("#new").addEventListener("click", () => {
  $("#new-dialog").returnValue = "";
  $("#new-dialog").showModal();
});
$("#new-dialog").addEventListener("close", (event) => event.target.returnValue === "yes" && startAnew());
bindThemeToggle($("#theme"));
bindLanguageSwitch($("#language"));
onLanguageChange(() => {
  showName();
  view.relabel();
  log.relabel();
});
onForeignChange("answered", () => synced && connection.send({ type: "history" }));
onForeignChange("session", () => {
  startedAnew = true;
  void connection.connect();
});
showName();
showWaiting();
void connection.connect();
if (!matchMedia("(pointer: coarse)").matches) composer.focus();
