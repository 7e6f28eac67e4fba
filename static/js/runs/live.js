// Delivers the events of a run in order and once each: by socket, and by polling over HTTP while there is none.

const SILENCE = 8_000; // the server says something every 2 s
const ANSWER = 5_000;
const LONGEST_WAIT = 15_000;
const POLL = 2_500;
const FINAL = new Set([4404, 4400]);
const TOO_MANY = 4429; // of the person's run pages are open

export class Live {
  /** `onBatch(batch)` gets only events that are new; `onStatus(name)`: live, reconnecting, polling, signed-out, gone, crowded. */
  constructor({ socketPath, eventsUrl, after, onBatch, onStatus }) {
    Object.assign(this, { socketPath, eventsUrl, after, onBatch, onStatus, failures: 0, heardAt: Date.now(), status: "" });
  }

  start() {
    this.connect();
    setInterval(() => this.watch(), 1000);
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.retryNow());
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => event.persisted && this.retryNow());
  }

  say(status) {
    if (this.status === status) return;
    this.status = status;
    this.onStatus(status);
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.socketPath}`);
    this.socket = socket;
    socket.onopen = () => {
      this.heardAt = Date.now();
      socket.send(JSON.stringify({ after: this.after }));
      this.say("live");
    };
    socket.onmessage = (message) => {
      if (this.socket !== socket) return;
      this.failures = 0;
      this.take(JSON.parse(message.data));
    };
    socket.onclose = (event) => this.socket === socket && this.lost(event.code);
  }

  lost(code) {
    this.socket = null;
    if (code === TOO_MANY) return this.end("crowded");
    if (FINAL.has(code)) return this.poll();
    this.failures += 1;
    if (this.status === "live" || !this.status) this.say("reconnecting");
    this.poll();
    const wait = Math.min(LONGEST_WAIT, 400 * 2 ** Math.min(this.failures, 8));
    this.timer = setTimeout(() => this.connect(), wait * (0.5 + Math.random()));
  }

  retryNow() {
    if (this.timer && !this.ended) this.connect();
  }

  /** Detect a dead socket that was not closed; without a socket, poll. */
  watch() {
    if (this.ended) return;
    if (this.socket?.readyState === WebSocket.OPEN && Date.now() - this.heardAt > SILENCE) this.abandon();
    const open = this.socket?.readyState === WebSocket.OPEN;
    if (!open && Date.now() - (this.polledAt || 0) > POLL) this.poll();
  }

  /** A socket that only seems open is slow to close; it is not waited for. */
  abandon() {
    const silent = this.socket;
    this.lost();
    silent.close();
  }

  async poll() {
    if (this.polling || this.ended) return;
    this.polling = true;
    this.polledAt = Date.now();
    try {
      const response = await fetch(`${this.eventsUrl}?after=${this.after}`, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(ANSWER),
      });
      await this.answered(response);
    } catch {
      this.say("reconnecting");
    }
    this.polling = false;
  }

  async answered(response) {
    if (response.redirected || response.status === 401) return this.end("signed-out");
    if (response.status === 404 || response.status === 403) return this.end("gone");
    if (!response.ok) return this.say("reconnecting");
    const batch = await response.json();
    this.take(batch);
    if (this.socket?.readyState !== WebSocket.OPEN) this.say("polling");
    if (batch.more) setTimeout(() => this.poll());
    return undefined;
  }

  end(status) {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket?.close();
    this.say(status);
  }

  /** A batch that overlaps with what is known adds only what is new, however it arrived. */
  take(batch) {
    this.heardAt = Date.now();
    if (!batch.events) return;
    const events = batch.events.filter((event) => event.seq > this.after);
    this.after = Math.max(this.after, batch.seq);
    this.onBatch({ ...batch, events });
  }
}
