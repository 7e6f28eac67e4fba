// Smoothing, x axis, logarithmic y and losses of steps in a page's charts; remembered by this browser.

const DEFAULTS = { smoothing: 0, x: "epoch", log: false, steps: false };
const KEY = "trainyard.charts";

function remembered() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) || "{}") };
  } catch {
    return { ...DEFAULTS };
  }
}

export class ChartSettings {
  /** `form` is templates/runs/_chart_settings.html. */
  constructor(form) {
    this.form = form;
    this.values = remembered();
    this.listeners = [];
    form.hidden = false;
    form.addEventListener("input", () => this.read());
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=x]");
      if (button) this.set({ x: button.value });
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    this.write();
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  read() {
    this.set({ smoothing: Number(this.form.elements.smoothing.value), log: this.form.elements.log.checked });
  }

  set(values) {
    this.values = { ...this.values, ...values };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // A browser that refuses to remember still draws.
    }
    this.write();
    this.listeners.forEach((listener) => listener(this.values));
  }

  write() {
    const { smoothing, x, log } = this.values;
    this.form.elements.smoothing.value = smoothing;
    this.form.querySelector("output").textContent = smoothing ? Number(smoothing).toFixed(2) : "off";
    this.form.elements.log.checked = log;
    for (const button of this.form.querySelectorAll("button[name=x]")) button.setAttribute("aria-pressed", String(button.value === x));
  }
}
