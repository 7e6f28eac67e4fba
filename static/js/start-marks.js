// Where later attempts of a run went on, in its charts. Pure, as figure.js is.

/** A thin line from edge to edge, in words under the mouse; only where one run is drawn alone. */
export function startMarks(runs, x, look) {
  const series = runs.length === 1 ? runs[0].series : { starts: [] };
  const places = series.starts.map((start) => ({ ...start, seconds: series.secondsAt(start.epoch) }));
  if (!places.length) return { traces: [], shapes: [] };
  const line = { color: look.muted, width: 1, dash: "dot" };
  const label = { text: "resumed", textposition: "end", textangle: -90, xanchor: "right", yanchor: "top", font: { size: 10, color: look.muted } };
  return {
    shapes: places.map((place) => ({ type: "line", xref: "x", yref: "paper", x0: x(place), x1: x(place), y0: 0, y1: 1, layer: "below", opacity: 0.6, line, label })),
    traces: [{
      type: "scatter", mode: "markers", yaxis: "y2", showlegend: false, meta: "start", name: "start",
      x: places.map(x), y: places.map(() => 1), marker: { size: 1, opacity: 0, color: look.muted },
      text: places.map((place) => `attempt ${place.attempt} continued from ${place.checkpoint}`), hovertemplate: "%{text}<extra></extra>",
    }],
  };
}
