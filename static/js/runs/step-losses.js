// The switch "each epoch | each step" of the loss chart, and the losses of single steps behind it.

const PAUSE = 2000; // between two readings while a run trains
const RETRY = 10_000;
const ENDED = new Set(["finished", "failed", "stopped"]);
const CHOICES = [[gettext("Each epoch"), false], [gettext("Each step"), true]];

export class StepLosses {
  /** `run` is what the charts draw: its `steps` are set here, and `redraw` is called. */
  constructor({ url, run, settings, state, redraw }) {
    Object.assign(this, { url, run, settings, state, redraw, read: null, readAt: -Infinity, failed: false });
    settings.onChange(() => this.show());
    addEventListener("trainyard:tab", () => this.ask());
    document.addEventListener("visibilitychange", () => this.ask());
  }

  /** Put the switch into the head of the loss chart's card, and room for a sentence below. */
  attach({ card, now, note }) {
    this.card = card;
    const choice = document.createElement("span");
    choice.className = "switch switch-small";
    choice.setAttribute("role", "group");
    choice.setAttribute("aria-label", gettext("Losses shown"));
    this.buttons = CHOICES.map(([text, steps]) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text });
      button.addEventListener("click", () => this.settings.set({ steps }));
      return button;
    });
    choice.append(...this.buttons);
    now.before(choice);
    this.note = note;
    this.show();
  }

  get wanted() {
    return Boolean(this.settings.values.steps) && Boolean(this.card);
  }

  show() {
    if (!this.card) return;
    CHOICES.forEach(([, steps], at) => this.buttons[at].setAttribute("aria-pressed", String(steps === this.wanted)));
    this.run.steps = this.wanted ? this.read : null;
    this.note.textContent = this.wanted ? this.sentence() : "";
    if (this.wanted && !this.read) this.ask();
  }

  sentence() {
    if (this.failed) return gettext("The losses of single steps could not be read. Trying again.");
    if (!this.read || this.read.steps.length) return "";
    if (!ENDED.has(this.state)) return gettext("The losses of single steps appear when the next epoch ends.");
    return gettext("No losses of single steps were recorded in this run: an earlier release trained it.");
  }

  /** Something was recorded: what is shown is out of date. */
  outdate(state) {
    this.state = state;
    this.stale = true;
    this.ask();
  }

  /** Read the losses when they are visible and out of date, but not again within `PAUSE`. */
  ask() {
    if (!this.wanted || this.timer || document.hidden || !this.card.offsetParent || (this.read && !this.stale)) return;
    const rest = this.readAt + (this.failed ? RETRY : PAUSE) - performance.now();
    this.timer = setTimeout(() => this.fetch(), Math.max(0, rest));
  }

  async fetch() {
    this.stale = false;
    const response = await fetch(this.url, { headers: { Accept: "application/json" } }).catch(() => null);
    const answered = response?.ok && !response.redirected;
    if (answered) this.read = await response.json();
    Object.assign(this, { timer: null, readAt: performance.now(), failed: !answered, stale: this.stale || !answered });
    this.show();
    this.redraw();
    this.ask();
  }
}
