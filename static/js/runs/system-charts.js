// The charts of the System tab: processor, memory and GPU over time.
import { chartCard } from "../charts/chart-card.js";
import { onThemeChange, plot, readLook } from "../charts/plotting.js";
import { SYSTEM_PANELS, SystemSamples, systemFigure } from "./system-figure.js";
import { settingText } from "../common/words.js";

export class SystemCharts {
  constructor(root, columns, name) {
    Object.assign(this, { root, name, samples: new SystemSamples(columns), cards: new Map() });
    onThemeChange(() => this.draw());
  }

  take(events) {
    const changed = events.filter((event) => this.samples.apply(event));
    if (changed.length) this.draw();
  }

  draw() {
    const panels = SYSTEM_PANELS.filter((panel) => this.samples.has(panel.id));
    this.root.parentElement.querySelector("[data-system-empty]").hidden = panels.length > 0;
    if (!this.root.offsetParent || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      const look = readLook();
      for (const panel of panels) this.drawPanel(panel, look);
    });
  }

  drawPanel(panel, look) {
    if (!this.cards.has(panel.id)) this.cards.set(panel.id, chartCard(this.root, panel.id, panel.title));
    const { node, now } = this.cards.get(panel.id);
    const last = this.samples.last(panel);
    now.textContent = [last === null ? "" : `${settingText(Number(last.toPrecision(3)))}${panel.unit}`, panel.note].filter(Boolean).join(" · ");
    plot(node, systemFigure(panel, this.samples, look.token("--run-1"), look), `${this.name} ${panel.id}`);
  }
}
