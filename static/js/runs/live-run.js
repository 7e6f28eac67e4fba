// The page of one run: takes the live batches in and shows them.
import { ChartGrid } from "../charts/charts.js";
import { ChartSettings } from "../charts/chart-settings.js";
import { Live } from "./live.js";
import { refreshParts } from "../common/parts.js";
import { announceEnd, score, showFigures, showProgress, showStatus } from "./run-progress.js";
import { Series } from "../charts/series.js";
import { StepLosses } from "./step-losses.js";
import { SystemCharts } from "./system-charts.js";

const CHANGES_PARTS = new Set(["started", "checkpoint", "finished", "failed"]);
const QUEUE_SECONDS = 5;
const REFRESH_PAUSE = 250;

class RunPage {
  constructor(root) {
    const data = JSON.parse(document.getElementById("run-data").textContent);
    Object.assign(this, { root, panels: data.panels, state: data.state, last: data, refreshedAt: Date.now() });
    this.run = { series: new Series(data.epochs, data.starts), token: data.token, label: "" };
    const settings = new ChartSettings(root.querySelector("[data-chart-settings]"));
    this.steps = new StepLosses({ url: root.dataset.steps, run: this.run, settings, state: data.state, redraw: () => this.draw([]) });
    this.charts = new ChartGrid(root.querySelector("[data-charts]"), settings, root.dataset.name, (id, card) => id === "loss" && this.steps.attach(card));
    this.system = new SystemCharts(root.querySelector("[data-system]"), data.system, root.dataset.name);
    this.live = new Live({
      socketPath: root.dataset.socket,
      eventsUrl: root.dataset.events,
      after: data.seq,
      onBatch: (batch) => this.take(batch),
      onStatus: () => this.showStatus(),
    });
    this.draw([]);
    this.system.draw();
    addEventListener("trainyard:tab", () => {
      this.charts.schedule();
      this.system.draw();
    });
    this.live.start();
    setInterval(() => this.everySoOften(), 1000);
  }

  take(batch) {
    this.panels = batch.panels;
    const shown = batch.events.filter((event) => this.run.series.apply(event));
    if (shown.length) this.draw(shown);
    if (shown.length || batch.state !== this.state) this.steps.outdate(batch.state);
    this.system.take(batch.events);
    const lines = batch.events.filter((event) => event.kind === "log" || event.kind === "epoch");
    if (lines.length) dispatchEvent(new CustomEvent("trainyard:log", { detail: lines }));
    this.last = batch;
    this.showNumbers();
    if (batch.state !== this.state || batch.events.some((event) => CHANGES_PARTS.has(event.kind))) this.refresh();
    if (batch.state !== this.state) dispatchEvent(new CustomEvent("trainyard:runs"));
    announceEnd(this.root, this.state, batch.state);
    this.state = batch.state;
    this.showStatus();
  }

  /** The figures in the head come from the same points as the charts. */
  showNumbers() {
    showProgress(this.root, this.last);
    showFigures(this.root, score(this.run.series, this.panels, this.root.dataset.metric));
  }

  /** A learning rate that never changes is a figure in the head and needs no chart. */
  get shownPanels() {
    if (!this.run.series.epochs.length) return [];
    const rates = new Set(this.run.series.points("learning_rate").map(({ value }) => value));
    return this.panels.filter(({ id }) => id !== "learning_rate" || rates.size > 1);
  }

  /** Draw, and report for each event when its point was on the screen (the benchmark listens). */
  async draw(events) {
    this.root.querySelector("[data-charts-empty]").hidden = this.run.series.epochs.length > 0;
    this.root.querySelector("[data-chart-key]").hidden = !this.run.series.epochs.length;
    await this.charts.show(this.shownPanels, [this.run]);
    for (const { seq, at } of events) document.dispatchEvent(new CustomEvent("trainyard:drawn", { detail: { seq, at } }));
  }

  /** Refresh soon, and again if more happens meanwhile: one request at a time, however quickly checkpoints follow. */
  async refresh() {
    this.outdated = true;
    if (this.refreshing) return;
    this.refreshing = true;
    while (this.outdated) {
      await new Promise((resolve) => setTimeout(resolve, REFRESH_PAUSE));
      this.outdated = false;
      this.refreshedAt = Date.now();
      await refreshParts(this.root.dataset.parts);
      this.showNumbers();
      this.showStatus();
    }
    this.refreshing = false;
  }

  everySoOften() {
    this.showStatus();
    const waits = this.state === "queued" || this.root.querySelector("[data-part][data-busy]");
    const due = Date.now() - this.refreshedAt > QUEUE_SECONDS * 1000;
    if (waits && due && !document.hidden) this.refresh();
  }

  showStatus() {
    showStatus(this.root, this.live.status, this.state, this.live.heardAt);
  }
}

new RunPage(document.querySelector("[data-live-run]"));
