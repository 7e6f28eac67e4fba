// Draws a grid of charts with Plotly, once a frame at most, and again when the theme or a setting changes.
import { best } from "./series.js";
import { figure } from "./figure.js";
import { figureText } from "./words.js";

const BUTTONS = [["toImage", "zoom2d", "pan2d", "autoScale2d"]];

/** The theme in use, as the tokens of tokens.css say it. */
export function readLook() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    ink: token("--ink"), muted: token("--ink-2"), paper: token("--paper-2"), line: token("--line"), bad: token("--bad"),
    font: getComputedStyle(document.body).fontFamily, token,
    // A finger on a chart scrolls the page.
    touch: matchMedia("(pointer: coarse)").matches,
  };
}

/** Call `redraw` when the person or the system changes between light and dark. */
export function onThemeChange(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

export function plot(node, { data, layout }, name) {
  const image = { format: "png", filename: name, scale: 2 };
  const config = { displaylogo: false, responsive: true, displayModeBar: "hover", modeBarButtons: BUTTONS, toImageButtonOptions: image };
  return window.Plotly.react(node, data, layout, config);
}

/** A card with a title, a line of current values and room for a chart. */
export function chartCard(root, id, title) {
  const card = document.createElement("section");
  card.className = "card chart-card";
  card.dataset.panel = id;
  const header = document.createElement("header");
  const heading = document.createElement("h3");
  heading.textContent = title;
  const now = document.createElement("span");
  now.className = "chart-now";
  header.append(heading, now);
  const node = document.createElement("div");
  node.className = "chart";
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `Chart: ${title}`);
  card.append(header, node);
  root.append(card);
  return { card, node, now };
}

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
    await Promise.all(this.panels.map((panel) => this.drawPanel(panel, runs, look)));
  }

  drawPanel(panel, runs, look) {
    if (!this.cards.has(panel.id)) {
      this.cards.set(panel.id, chartCard(this.root, panel.id, panel.title));
      this.synchronise(this.cards.get(panel.id).node);
      this.onCard(panel.id, this.cards.get(panel.id));
    }
    const { node, now } = this.cards.get(panel.id);
    now.textContent = runs.length === 1 ? current(panel, runs[0].series) : "";
    return plot(node, figure(panel, runs, this.settings.values, look), `${this.name} ${panel.id}`);
  }

  /** The line under the mouse is shown at the same place in all charts of the grid. */
  synchronise(node) {
    const others = () => [...this.cards.values()].filter((other) => other.node !== node && !other.card.hidden && other.node.data?.length);
    queueMicrotask(() => {
      node.on?.("plotly_hover", (event) => {
        if (this.hovering) return;
        this.hovering = true;
        const xval = event.xvals?.[0] ?? event.points[0]?.x;
        for (const other of others()) window.Plotly.Fx.hover(other.node, { xval });
        this.hovering = false;
      });
      node.on?.("plotly_unhover", () => {
        for (const other of others()) window.Plotly.Fx.unhover(other.node);
      });
    });
  }
}

/** "train 0.12 · validation 0.31 · best 0.29 at 12" of one run's panel. */
function current(panel, series) {
  const parts = [];
  let judged = null;
  for (const { metric, part } of panel.series) {
    const points = series.points(metric);
    if (!points.length) continue;
    parts.push(panel.series.length > 1 ? `${part} ${figureText(points.at(-1).value)}` : figureText(points.at(-1).value));
    if (!judged || part === "validation") judged = points;
  }
  const found = panel.mode && judged && judged.length > 1 ? best(judged, panel.mode) : null;
  if (found) parts.push(`best ${figureText(found.value)} at ${found.epoch}`);
  return parts.join(" · ");
}
