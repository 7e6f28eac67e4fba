// Several runs in the same charts.
import { ChartGrid } from "../charts/charts.js";
import { ChartSettings } from "../charts/chart-settings.js";
import { refreshParts } from "../common/parts.js";
import { Series } from "../charts/series.js";

const POLL = 1500;
const WATCHED = new Set(["queued", "starting", "running", "stopping"]);

class Comparison {
  constructor(root) {
    const data = JSON.parse(document.getElementById("compare-data").textContent);
    Object.assign(this, { root, metric: data.metric, panels: data.panels });
    this.runs = data.runs.map((run) => ({ ...run, series: new Series(run.epochs), hidden: false }));
    const settings = new ChartSettings(root.querySelector("[data-chart-settings]"));
    this.charts = new ChartGrid(root.querySelector("[data-charts]"), settings, "comparison");
    root.addEventListener("click", (event) => {
      const eye = event.target.closest("[data-eye]");
      if (eye) this.toggle(eye.dataset.eye);
    });
    this.hide(new URLSearchParams(location.hash.slice(1)).get("hide"));
    this.draw();
    setTimeout(() => this.poll(), POLL);
  }

  /** The hidden ones are in the address too, by their place: #hide=2,3. */
  hide(places) {
    for (const place of (places || "").split(",")) if (this.runs[place - 1]) this.runs[place - 1].hidden = true;
    this.showEyes();
  }

  toggle(id) {
    const run = this.runs.find((other) => other.id === id);
    run.hidden = !run.hidden;
    const places = this.runs.flatMap((other, at) => (other.hidden ? [at + 1] : []));
    history.replaceState(null, "", location.pathname + location.search + (places.length ? `#hide=${places.join(",")}` : ""));
    this.showEyes();
    this.draw();
  }

  showEyes() {
    for (const run of this.runs) {
      const eye = this.root.querySelector(`[data-eye="${run.id}"]`);
      eye.disabled = false;
      eye.setAttribute("aria-pressed", String(!run.hidden));
    }
  }

  draw() {
    const measured = this.runs.some((run) => run.series.epochs.length);
    this.root.querySelector("[data-charts-empty]").hidden = measured;
    const wanted = this.panels.filter((panel) => !this.metric || panel.id === this.metric);
    return this.charts.show(measured ? wanted : [], this.runs);
  }

  async poll() {
    const watched = this.runs.filter((run) => WATCHED.has(run.state));
    const changes = document.hidden ? [] : await Promise.all(watched.map((run) => this.ask(run)));
    if (changes.some((change) => change.drawn)) this.draw();
    if (changes.some((change) => change.drawn || change.state)) {
      await refreshParts(this.root.dataset.parts);
    }
    if (watched.length) setTimeout(() => this.poll(), POLL);
  }

  async ask(run) {
    const response = await fetch(`${run.events}?after=${run.seq}`).catch(() => null);
    if (!response?.ok || response.redirected) return {};
    const batch = await response.json();
    const fresh = batch.events.filter((event) => event.seq > run.seq);
    const drawn = fresh.filter((event) => run.series.apply(event)).length > 0;
    const state = batch.state !== run.state;
    Object.assign(run, { seq: Math.max(run.seq, batch.seq), state: batch.state });
    this.addPanels(batch.panels);
    return { drawn, state };
  }

  /** A run that just began may report what no other did. */
  addPanels(panels) {
    for (const panel of panels) {
      const known = this.panels.find((other) => other.id === panel.id);
      if (!known) this.panels.push(panel);
      else if (panel.series.length > known.series.length) known.series = panel.series;
    }
  }
}

new Comparison(document.querySelector("[data-compare]"));
