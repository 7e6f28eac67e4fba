// Draws a grid of charts with Plotly, once a frame at most, and again when the theme or a setting changes.
import { best } from "./series.js";
import { figure } from "./figure.js";
import { figureText, settingText } from "./words.js";

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

/** The plotting library is large: it comes beside the rest of the page, and charts wait for it. */
const plotly = new Promise((resolve) => {
  if (window.Plotly) resolve();
  document.querySelector("script[data-plotly]")?.addEventListener("load", resolve);
});

export async function plot(node, { data, layout }, name) {
  await plotly;
  const image = { format: "png", filename: name, scale: 2 };
  const config = { displaylogo: false, responsive: true, displayModeBar: "hover", modeBarButtons: BUTTONS, toImageButtonOptions: image };
  return window.Plotly.react(node, data, layout, config);
}

/** A card with a title, a line of current values and room for a chart. */
export function chartCard(root, id, title) {
  const card = document.createElement("figure");
  card.className = "card chart-card";
  card.dataset.panel = id;
  const header = document.createElement("header");
  const heading = document.createElement("h3");
  heading.textContent = title;
  heading.id = `chart-${id}-title`;
  const now = document.createElement("span");
  now.className = "chart-now";
  now.id = `chart-${id}-now`;
  header.append(heading, now);
  const node = document.createElement("div");
  node.className = "chart";
  // Not an image: it holds buttons, and this names them.
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", `Chart: ${title}`);
  card.setAttribute("aria-labelledby", heading.id);
  card.setAttribute("aria-describedby", now.id);
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
    const isNew = !this.cards.has(panel.id);
    if (isNew) {
      this.cards.set(panel.id, chartCard(this.root, panel.id, panel.title));
      this.onCard(panel.id, this.cards.get(panel.id));
    }
    const { node, now } = this.cards.get(panel.id);
    now.textContent = runs.length === 1 ? current(panel, runs[0].series) : "";
    const drawn = plot(node, figure(panel, runs, this.settings.values, look), `${this.name} ${panel.id}`);
    return isNew ? drawn.then(() => this.synchronise(node)) : drawn;
  }

  /** The line under the mouse is shown at the same place in all charts of the grid. */
  synchronise(node) {
    const others = () => [...this.cards.values()].filter((other) => other.node !== node && !other.card.hidden && other.node.data?.length);
    node.on("plotly_hover", (event) => {
      if (this.hovering) return;
      this.hovering = true;
      const xval = event.xvals?.[0] ?? event.points[0]?.x;
      for (const other of others()) window.Plotly.Fx.hover(other.node, { xval });
      this.hovering = false;
    });
    node.on("plotly_unhover", () => {
      for (const other of others()) window.Plotly.Fx.unhover(other.node);
    });
  }
}

/** "train 0.12 · validation 0.31 · best 0.29 at 12" of one run's panel. */
function current(panel, series) {
  const textOf = panel.id === "learning_rate" ? settingText : figureText;
  const parts = [];
  let judged = null;
  for (const { metric, part } of panel.series) {
    const points = series.points(metric);
    if (!points.length) continue;
    parts.push(panel.series.length > 1 ? `${part} ${textOf(points.at(-1).value)}` : textOf(points.at(-1).value));
    if (!judged || part === "validation") judged = points;
  }
  const found = panel.mode && judged && judged.length > 1 ? best(judged, panel.mode) : null;
  if (found) parts.push(`best ${figureText(found.value)} at ${found.epoch}`);
  return parts.join(" · ");
}
