/** The visitor's signed anonymous session: which conversation is theirs. */
import { load, save } from "./storage.js";

/** The server refused to open a session; `status` is HTTP's. */
export class SessionRefused extends Error {
  constructor(status) {
    super(`The server answered ${status}`);
    this.status = status;
  }
}

const milliseconds = (expires) => (typeof expires === "number" ? expires * 1000 : Date.parse(expires));

/** The kept session while it is good, else a new one from the server. */
async function openSession() {
  const kept = load("session");
  if (kept?.token && !(milliseconds(kept.expires) <= Date.now())) return kept;
  const answer = await fetch("api/session", { method: "POST" });
  if (!answer.ok) throw new SessionRefused(answer.status);
  const session = await answer.json();
  save("session", session);
  return session;
}

/** Forget the session: the next one begins a new conversation. */
export const forgetSession = () => save("session", null);

/** The WebSocket address of the visitor's conversation. */
export async function chatAddress() {
  const { token } = await openSession();
  const url = new URL("api/chat", document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("token", token);
  return url.href;
}
