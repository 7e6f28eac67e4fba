// Where later attempts of a run resumed, in its charts. Pure, as figure.js is.

const FEW = 4; // more labels would touch

function resumedText({ attempt, checkpoint }) {
  return interpolate(gettext("attempt %(attempt)s resumed from %(checkpoint)s"), { attempt, checkpoint }, true);
}

/** A thin line from edge to edge with the attempt's number, and more under the mouse; only where one run is drawn alone. */
export function startMarks(runs, x, look) {
  const series = runs.length === 1 ? runs[0].series : { starts: [] };
  const places = series.starts.map((start) => ({ ...start, seconds: series.secondsAt(start.epoch) }));
  if (!places.length) return { traces: [], shapes: [], annotations: [] };
  const line = { color: look.muted, width: 1, dash: "dot" };
  return {
    shapes: places.map((place) => ({ type: "line", xref: "x", yref: "paper", x0: x(place), x1: x(place), y0: 0, y1: 1, layer: "below", opacity: 0.6, line })),
    annotations: places.length > FEW ? [] : places.map((place) => ({
      x: x(place), xref: "x", y: 1, yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false,
      text: interpolate(gettext("attempt %(attempt)s"), { attempt: place.attempt }, true), font: { color: look.muted, size: 10 },
    })),
    traces: [{
      type: "scatter", mode: "markers", yaxis: "y2", showlegend: false, meta: "start", name: "start",
      x: places.map(x), y: places.map(() => 1), marker: { size: 1, opacity: 0, color: look.muted },
      text: places.map(resumedText), hoverinfo: "none",
    }],
  };
}
