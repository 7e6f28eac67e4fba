// How a page's charts are drawn: in its address, so that it can be shared, and remembered by this browser.

const DEFAULTS = { smoothing: 0, x: "epoch", log: false, outliers: false, steps: false };
const KEY = "trainyard.charts";
const ZOOM = /^(-?[\d.e+-]+)~(-?[\d.e+-]+)$/;

function remembered() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) || "{}") };
  } catch {
    return { ...DEFAULTS };
  }
}

/** The settings that an address names; it speaks for all of them as soon as it names one. */
export function ofAddress(search) {
  const query = new URLSearchParams(search);
  const zoom = query.get("zoom")?.match(ZOOM)?.slice(1).map(Number) ?? null;
  if (![...Object.keys(DEFAULTS), "zoom"].some((name) => query.has(name))) return null;
  const smoothing = Math.min(0.98, Math.max(0, Number(query.get("smoothing")) || 0));
  const x = query.get("x") === "time" ? "time" : "epoch";
  const flags = Object.fromEntries(["log", "outliers", "steps"].map((name) => [name, query.get(name) === "1"]));
  return { smoothing, x, ...flags, zoom: zoom?.every(Number.isFinite) ? zoom : null };
}

/** The query of an address with these settings in the place of its own; what is as usual is left out. */
export function inAddress(search, values) {
  const query = new URLSearchParams(search);
  for (const [name, usual] of Object.entries(DEFAULTS)) {
    if (values[name] === usual) query.delete(name);
    else query.set(name, values[name] === true ? "1" : values[name]);
  }
  if (values.zoom) query.set("zoom", values.zoom.map((edge) => Number(edge.toPrecision(5))).join("~"));
  else query.delete("zoom");
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%7E", "~");
  return text ? `?${text}` : "";
}

export class ChartSettings {
  /** `form` is templates/metrics/_chart_settings.html. `values.zoom` is the stretch of x that all charts show, or null. */
  constructor(form) {
    this.form = form;
    this.values = { zoom: null, ...(ofAddress(location.search) ?? remembered()) };
    this.listeners = [];
    form.hidden = false;
    form.addEventListener("input", () => this.read());
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=x]");
      // Another axis makes a zoomed stretch meaningless.
      if (button) this.set({ x: button.value, zoom: null });
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    this.write();
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  read() {
    const { smoothing, log, outliers } = this.form.elements;
    this.set({ smoothing: Number(smoothing.value), log: log.checked, outliers: outliers.checked });
  }

  set(values) {
    this.values = { ...this.values, ...values };
    const { zoom, ...lasting } = this.values;
    try {
      localStorage.setItem(KEY, JSON.stringify(lasting));
    } catch {
      // A browser that refuses to remember still draws.
    }
    history.replaceState(history.state, "", location.pathname + inAddress(location.search, this.values) + location.hash);
    this.write();
    this.listeners.forEach((listener) => listener(this.values));
  }

  write() {
    const { smoothing, x, log, outliers } = this.values;
    this.form.elements.smoothing.value = smoothing;
    this.form.querySelector("output").textContent = smoothing ? Number(smoothing).toFixed(2) : gettext("off");
    this.form.elements.log.checked = log;
    this.form.elements.outliers.checked = outliers;
    for (const button of this.form.querySelectorAll("button[name=x]")) button.setAttribute("aria-pressed", String(button.value === x));
  }
}
