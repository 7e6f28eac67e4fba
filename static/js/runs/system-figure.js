// Use of the machine over time → Plotly figures. Pure, like figure.js.
import { layout } from "../charts/figure.js";

const GB = 1e9;
const DATE = gettext("%-d %b %Y");
// The percent sign is no part of the text: tools take "% i" for a placeholder.
const CORE = interpolate(gettext("%(share)s is one core"), { share: "100 %" }, true);
export const SYSTEM_PANELS = [
  { id: "cpu_percent", title: gettext("CPU"), unit: "%", scale: 1, note: CORE },
  { id: "memory_bytes", title: gettext("Memory"), unit: " GB", scale: 1 / GB, note: gettext("of the trainer process") },
  { id: "gpu_percent", title: gettext("GPU"), unit: "%", scale: 1, note: "" },
  { id: "gpu_memory_bytes", title: gettext("GPU memory"), unit: " GB", scale: 1 / GB, note: "" },
];

/** The machine's samples in order; a row of nulls parts two attempts. */
export class SystemSamples {
  constructor(columns = { at: [] }) {
    this.rows = columns.at.map((at, row) => {
      const sample = { at };
      for (const { id } of SYSTEM_PANELS) sample[id] = columns[id]?.[row] ?? null;
      return sample;
    });
    this.attempt = null;
  }

  apply(event) {
    if (event.kind !== "system") return false;
    if (this.attempt !== null && this.attempt !== event.attempt) this.rows.push({ at: event.at });
    this.attempt = event.attempt;
    this.rows.push({ at: event.at, ...event.payload });
    return true;
  }

  has(id) {
    return this.rows.some((row) => row[id] !== null && row[id] !== undefined);
  }

  last(panel) {
    const row = this.rows.findLast((sample) => sample[panel.id] !== null && sample[panel.id] !== undefined);
    return row ? row[panel.id] * panel.scale : null;
  }
}

/** Plotly knows no time zones: the moment in the reader's local time. */
export function localTime(at) {
  const moment = new Date(at);
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
}

// The clock, and the day below it where it is another than that of the tick before.
const AXIS = { title: "", type: "date", nticks: 5, tickangle: 0, tickformat: `%H:%M:%S\n${DATE}`, hoverformat: `${DATE}, %H:%M:%S` };

export function systemFigure(panel, samples, color, look) {
  const y = samples.rows.map((row) => {
    const value = row[panel.id];
    return value === null || value === undefined ? null : value * panel.scale;
  });
  const trace = {
    type: "scatter", mode: "lines", connectgaps: false, showlegend: false, name: panel.title,
    x: samples.rows.map((row) => localTime(row.at)), y, line: { color, width: 1.5 }, hovertemplate: `%{y:.3g}${panel.unit}`,
  };
  return { data: [trace], layout: layout(look, AXIS, { rangemode: "tozero", ticksuffix: panel.unit }) };
}
