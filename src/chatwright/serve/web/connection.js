/**
 * The WebSocket to the bot: opens, notices silence, comes back with growing pauses.
 * It knows frames (JSON objects with a `type`), not what they mean.
 */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const OPENING_MS = 10_000;
const QUIET_MS = 25_000;
const ANSWER_MS = 10_000;
const TICK_MS = 5_000;
/** Close codes that say "not with this token": 1008 policy, 4401 and 4403 after HTTP's 401 and 403. */
const REFUSED = new Set([1008, 4401, 4403]);

export class Connection {
  #socket = null;
  #pauses = 0;
  #retry = 0;
  #opening = 0;
  #lastFrame = 0;
  #pingSent = 0;
  #handlers;

  /**
   * @param {object} handlers
   * @param {() => Promise<string>} handlers.address where to connect; asked anew for every attempt
   * @param {(frame: object) => void} handlers.onFrame
   * @param {(state: {name: "connecting"|"online"|"offline", retryAt?: number, reason?: unknown}) => void} handlers.onState
   * @param {() => void} handlers.onRefused the server closed the socket because of the token
   */
  constructor(handlers) {
    this.#handlers = handlers;
    setInterval(() => this.#listen(), TICK_MS);
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retryNow();
    });
  }

  /** Connect, or connect anew; what an older socket still says is not heard any more. */
  async connect() {
    this.#drop();
    const attempt = (this.#socket = {});
    this.#handlers.onState({ name: "connecting" });
    try {
      const address = await this.#handlers.address();
      if (this.#socket === attempt) this.#open(new WebSocket(address));
    } catch (reason) {
      if (this.#socket === attempt) this.#lost(reason);
    }
  }

  /** Send a frame; false when there is no open socket. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Do not wait for the end of the pause. */
  retryNow() {
    if (this.#retry) void this.connect();
  }

  #open(socket) {
    this.#socket = socket;
    this.#opening = setTimeout(() => this.#socket === socket && this.#lost(), OPENING_MS);
    const mine = (handle) => (event) => this.#socket === socket && handle(event);
    socket.onmessage = mine((event) => this.#receive(event.data));
    socket.onclose = mine((event) => {
      if (REFUSED.has(event.code)) this.#handlers.onRefused();
      this.#lost();
    });
  }

  #receive(data) {
    clearTimeout(this.#opening);
    this.#lastFrame = performance.now();
    this.#pingSent = 0;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame?.type === "session") {
      this.#pauses = 0;
      this.#handlers.onState({ name: "online" });
    }
    if (typeof frame?.type === "string") this.#handlers.onFrame(frame);
  }

  // Timers of hidden tabs run late: silence counts only after a ping that had time to be answered.
  #listen() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const now = performance.now();
    if (this.#pingSent && now - this.#pingSent > ANSWER_MS) this.#lost();
    else if (!this.#pingSent && now - this.#lastFrame > QUIET_MS && this.send({ type: "ping" })) this.#pingSent = now;
  }

  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#opening);
    this.#retry = this.#pingSent = 0;
    const socket = this.#socket;
    this.#socket = null;
    if (socket instanceof WebSocket) socket.close();
  }

  #lost(reason) {
    this.#drop();
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** this.#pauses++, LONGEST_PAUSE_MS);
    // Visitors of a restarted server must not all come back in the same instant.
    const pause = longest * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.connect(), pause);
    this.#handlers.onState({ name: "offline", retryAt: Date.now() + pause, reason });
  }
}
