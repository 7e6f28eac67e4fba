// The page of one run: takes the live batches in and shows them.
import { ChartGrid } from "./charts.js";
import { ChartSettings } from "./chart-settings.js";
import { Live } from "./live.js";
import { refreshParts } from "./parts.js";
import { showProgress, showStatus } from "./run-progress.js";
import { Series } from "./series.js";
import { StepLosses } from "./step-losses.js";
import { SystemCharts } from "./system-charts.js";

const CHANGES_PARTS = new Set(["started", "checkpoint", "finished", "failed"]);
const QUEUE_SECONDS = 5;

class RunPage {
  constructor(root) {
    const data = JSON.parse(document.getElementById("run-data").textContent);
    Object.assign(this, { root, panels: data.panels, state: data.state, heardAt: Date.now() });
    this.run = { series: new Series(data.epochs, data.starts), token: "--run-1", label: "" };
    const settings = new ChartSettings(root.querySelector("[data-chart-settings]"));
    this.steps = new StepLosses({ url: root.dataset.steps, run: this.run, settings, state: data.state, redraw: () => this.draw([]) });
    this.charts = new ChartGrid(root.querySelector("[data-charts]"), settings, root.dataset.name, (id, card) => id === "loss" && this.steps.attach(card));
    this.system = new SystemCharts(root.querySelector("[data-system]"), data.system, root.dataset.name);
    this.live = new Live({
      socketPath: root.dataset.socket,
      eventsUrl: root.dataset.events,
      after: data.seq,
      onBatch: (batch) => this.take(batch),
      onStatus: (status) => this.tell(status),
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
    this.heardAt = Date.now();
    this.panels = batch.panels;
    const shown = batch.events.filter((event) => this.run.series.apply(event));
    if (shown.length) this.draw(shown);
    if (shown.length || batch.state !== this.state) this.steps.outdate(batch.state);
    this.system.take(batch.events);
    const lines = batch.events.filter((event) => event.kind === "log" || event.kind === "epoch");
    if (lines.length) dispatchEvent(new CustomEvent("trainyard:log", { detail: lines }));
    showProgress(this.root, batch);
    if (batch.state !== this.state || batch.events.some((event) => CHANGES_PARTS.has(event.kind))) this.refresh();
    this.state = batch.state;
    this.tell(this.live.status);
  }

  /** Draw, and say for each event when its point was on the screen (the bench listens). */
  async draw(events) {
    this.root.querySelector("[data-charts-empty]").hidden = this.run.series.epochs.length > 0;
    this.root.querySelector("[data-chart-key]").hidden = !this.run.series.epochs.length;
    await this.charts.show(this.run.series.epochs.length ? this.panels : [], [this.run]);
    for (const { seq, at } of events) document.dispatchEvent(new CustomEvent("trainyard:drawn", { detail: { seq, at } }));
  }

  refresh() {
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(async () => {
      this.refreshedAt = Date.now();
      await refreshParts(this.root.dataset.parts);
      this.tell(this.live.status);
    }, 250);
  }

  everySoOften() {
    this.tell(this.live.status);
    const waits = this.state === "queued" || this.root.querySelector("[data-part][data-busy]");
    const due = Date.now() - (this.refreshedAt || this.heardAt) > QUEUE_SECONDS * 1000;
    if (waits && due && !document.hidden) this.refresh();
  }

  tell(status) {
    showStatus(this.root, status, this.state, this.heardAt);
  }
}

// After a short while the run's plotting library is there: it is loaded before modules run.
new RunPage(document.querySelector("[data-live-run]"));
