// Marks on a chart's lines: what is not finite, and the best point. Pure, as figure.js is.
import { best } from "./series.js";

function oddText({ value, epoch }) {
  return interpolate(gettext("%(value)s at epoch %(epoch)s"), { value, epoch }, true);
}

/** Triangles at the upper edge (NaN, Infinity) and the lower edge (-Infinity), wherever one zooms. */
export function oddMarks(points, x, label, color) {
  const odd = points.filter((point) => !Number.isFinite(point.value));
  if (!odd.length) return [];
  const low = (point) => point.value === -Infinity;
  return [{
    type: "scatter", mode: "markers", yaxis: "y2", showlegend: false, cliponaxis: false, meta: "odd", name: label,
    x: odd.map(x), y: odd.map((point) => (low(point) ? 0.03 : 0.97)),
    text: odd.map((point) => point.text ?? oddText(point)), hoverinfo: "none",
    marker: { color, size: 10, symbol: odd.map((point) => (low(point) ? "triangle-down" : "triangle-up")) },
  }];
}

export function bestMark(points, panel, x, look, color) {
  const found = panel.mode && points.length > 1 ? best(points, panel.mode) : null;
  if (!found) return [];
  return [{
    type: "scatter", mode: "markers", showlegend: false, meta: "best", name: "best", hoverinfo: "skip",
    x: [x(found)], y: [found.value],
    marker: { symbol: "circle", size: 9, color: look.paper, line: { color, width: 2 } },
  }];
}
