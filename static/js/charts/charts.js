// A grid of charts: drawn once a frame at most, and again when the theme or a setting changes.
import { chartCard, nameButtons } from "./chart-card.js";
import { figure, isLong, partName, sameCurves } from "./figure.js";
import { onThemeChange, plot, readLook } from "./plotting.js";
import { fillReadout, readoutLine } from "./readout.js";
import { best } from "./series.js";
import { figureText, settingText } from "../common/words.js";

export class ChartGrid {
  /** `settings` is a ChartSettings; `name` begins the file names of downloaded pictures; `onCard(id, parts)` may add to a card. */
  constructor(root, settings, name, onCard = () => {}) {
    Object.assign(this, { root, settings, name, onCard, cards: new Map(), panels: [], runs: [], waiting: [], busy: false });
    settings.onChange(() => this.schedule());
    onThemeChange(() => this.schedule());
  }

  /** Show these panels of these runs; resolves when they are on the screen. */
  show(panels, runs) {
    Object.assign(this, { panels, runs });
    return this.schedule();
  }

  schedule() {
    const drawn = new Promise((resolve) => this.waiting.push(resolve));
    if (!this.frame && !this.busy) this.frame = requestAnimationFrame(() => this.draw());
    return drawn;
  }

  async draw() {
    const done = this.waiting.splice(0);
    this.frame = null;
    this.busy = true;
    // A hidden grid has no size; it is drawn when its tab is opened.
    if (this.root.offsetParent) await this.drawAll();
    this.busy = false;
    done.forEach((resolve) => resolve());
    if (this.waiting.length) this.frame = requestAnimationFrame(() => this.draw());
  }

  async drawAll() {
    const look = readLook();
    const runs = this.runs.filter((run) => !run.hidden).map((run) => ({ ...run, color: look.token(run.token) }));
    const kept = new Set(this.panels.map((panel) => panel.id));
    for (const [id, { card }] of this.cards) card.hidden = !kept.has(id);
    this.showKey(runs);
    await Promise.all(this.panels.map((panel) => this.drawPanel(panel, runs, look)));
  }

  /** The key has what is drawn: lighter lines instead of dashes, triangles. */
  showKey(runs) {
    const key = document.querySelector("[data-chart-key]");
    const points = this.panels.flatMap((panel) => panel.series.flatMap(({ metric }) => runs.map((run) => run.series.points(metric))));
    key?.classList.toggle("is-long", isLong(runs));
    key?.classList.toggle("has-odd", points.some((list) => list.some(({ value }) => !Number.isFinite(value))));
  }

  async drawPanel(panel, runs, look) {
    const isNew = !this.cards.has(panel.id);
    if (isNew) this.addCard(panel);
    const parts = this.cards.get(panel.id);
    parts.runs = runs;
    parts.current = runs.length === 1 ? current(panel, runs[0].series) : "";
    parts.now.textContent = parts.current;
    if (this.runs.length > 1) parts.note.textContent = sameCurves(panel, runs).map(sameCurve).join(" ");
    const drawn = figure(panel, runs, { ...this.settings.values, y: parts.y }, look);
    await plot(parts.node, drawn, `${this.name} ${panel.id}`);
    nameButtons(parts.node, panel.title);
    if (isNew) this.listen(parts);
  }

  addCard(panel) {
    const parts = chartCard(this.root, panel.id, panel.title, () => parts?.node.data && window.Plotly.Plots.resize(parts.node));
    this.cards.set(panel.id, parts);
    this.onCard(panel.id, parts);
  }

  /** The place under the mouse and a zoomed stretch are the same in all charts of the grid. */
  listen(parts) {
    parts.node.on("plotly_hover", (event) => {
      this.showReadout(parts, event);
      if (this.hovering) return;
      this.hovering = true;
      const xval = event.xvals?.[0] ?? event.points[0]?.x;
      for (const other of this.others(parts)) window.Plotly.Fx.hover(other.node, { xval });
      this.hovering = false;
    });
    parts.node.on("plotly_unhover", () => {
      for (const other of [parts, ...this.others(parts)]) this.forget(other);
      for (const other of this.others(parts)) window.Plotly.Fx.unhover(other.node);
    });
    parts.node.on("plotly_relayout", (change) => this.zoom(parts, change));
  }

  others(parts) {
    return [...this.cards.values()].filter((other) => other !== parts && !other.card.hidden && other.node.data?.length);
  }

  showReadout(parts, { points, event }) {
    if (!points.length) return;
    const title = points[0].xaxis.title.text;
    if (parts.runs.length === 1) parts.now.textContent = readoutLine(points, title);
    else fillReadout(parts.readout, points, title, isOnTheRight(parts.node, points[0], event));
  }

  forget(parts) {
    parts.now.textContent = parts.current;
    parts.readout.hidden = true;
  }

  /** What was zoomed or panned by hand in one chart: its x for all charts, its y for itself. */
  zoom(parts, change) {
    const range = (axis) => change[`${axis}.range`] ?? (`${axis}.range[0]` in change ? [change[`${axis}.range[0]`], change[`${axis}.range[1]`]] : null);
    const [x, y] = [range("xaxis"), range("yaxis")];
    if (!x && !y && !change["xaxis.autorange"] && !change["yaxis.autorange"]) return;
    if (x || change["xaxis.autorange"]) for (const other of this.cards.values()) other.y = null;
    parts.y = y;
    this.settings.set(x || change["xaxis.autorange"] ? { zoom: x } : {});
  }
}

function sameCurve(names) {
  return interpolate(gettext("The same curve: %(names)s."), { names: names.join(", ") }, true);
}

function isOnTheRight(node, point, event) {
  const { left, width } = node.getBoundingClientRect();
  return (event?.clientX ?? left + point.xaxis.l2p(point.x)) > left + width / 2;
}

function bestText({ value, epoch }) {
  return interpolate(gettext("best %(value)s at %(epoch)s"), { value: figureText(value), epoch }, true);
}

/** "train 0.12 · validation 0.31 · best 0.29 at 12" of one run's panel. */
function current(panel, series) {
  const textOf = panel.id === "learning_rate" ? settingText : figureText;
  const parts = [];
  let judged = null;
  for (const { metric, part } of panel.series) {
    const points = series.points(metric);
    if (!points.length) continue;
    const last = textOf(points.at(-1).value);
    parts.push(panel.series.length > 1 ? `${partName(part)} ${last}` : last);
    if (!judged || part === "validation") judged = points;
  }
  const found = panel.mode && judged && judged.length > 1 ? best(judged, panel.mode) : null;
  if (found) parts.push(bestText(found));
  return parts.join(" · ");
}
