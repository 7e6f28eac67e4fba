// Points → Plotly figure. Pure: no page, no Plotly; what it needs to know of the theme comes in as `look`.
import { bestMark, oddMarks } from "./marks.js";
import { smoothed } from "./series.js";
import { startMarks } from "./start-marks.js";
import { stepPoints, stepTraces } from "./step-traces.js";

const FAINT = 0.28;
const FEW = 12; // so few points are drawn as dots too

/** x, y of a line through `points`; a missing epoch or a value that is not finite breaks the line. */
export function line(points, x, values) {
  const xs = [];
  const ys = [];
  points.forEach((point, at) => {
    if (at && point.epoch > points[at - 1].until + 1) {
      xs.push(null);
      ys.push(null);
    }
    xs.push(x(point));
    ys.push(Number.isFinite(values[at]) ? values[at] : null);
  });
  return { x: xs, y: ys };
}

function seriesTraces(series, run, points, x, options, look) {
  const dash = series.part === "validation" ? "dash" : "solid";
  const raw = points.map((point) => point.value);
  const name = run.label ? `${run.label} · ${series.part}` : series.part;
  const base = { type: "scatter", connectgaps: false, showlegend: false, name };
  const mode = points.length <= FEW ? "lines+markers" : "lines";
  const marker = { size: 4, color: run.color };
  const drawn = { ...base, mode, marker, meta: series.metric, hovertemplate: "%{y:.5g}" };
  if (!options.smoothing) {
    return [{ ...drawn, ...line(points, x, raw), line: { color: run.color, width: 2, dash } }];
  }
  const faint = { ...base, mode: "lines", meta: "raw", hoverinfo: "skip", opacity: FAINT, line: { color: run.color, width: 1, dash } };
  return [
    { ...faint, ...line(points, x, raw) },
    { ...drawn, mode: "lines", ...line(points, x, smoothed(raw, options.smoothing)), line: { color: run.color, width: 2, dash } },
  ];
}

/** Which unit reads well for so many seconds. */
export function timeUnit(seconds) {
  if (seconds < 180) return { divisor: 1, title: "Training time (s)" };
  if (seconds < 3 * 3600) return { divisor: 60, title: "Training time (min)" };
  return { divisor: 3600, title: "Training time (h)" };
}

function positions(runs, options) {
  if (options.x !== "time") return { title: "Epoch", hover: "Epoch %{x:.5~r}", of: (point) => point.epoch };
  const longest = Math.max(0, ...runs.map((run) => run.series.seconds.at(-1) || 0));
  const { divisor, title } = timeUnit(longest);
  return { title, hover: `%{x:.3~g} ${title.match(/\((.+)\)/)[1]}`, of: (point) => point.seconds / divisor };
}

function extremes(traces, isMeant) {
  let [low, high] = [Infinity, -Infinity];
  for (const trace of traces.filter(({ yaxis }) => yaxis !== "y2")) {
    for (const value of trace.y) if (isMeant(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return [low, high];
}

/** Of many decades only some are labelled, and within a few only 1, 2 and 5: other digits would touch. */
function axisLog(traces) {
  const [low, high] = extremes(traces, (value) => value > 0);
  const decades = Math.log10(high / low);
  if (!(decades > 1)) return { type: "log" };
  return { type: "log", exponentformat: "power", dtick: decades <= 2 ? "D2" : Math.ceil(decades / 6) };
}

/** A value that never changes lies in the middle of an axis of its own size, not of one from -1 to 1. */
function axisY(traces, options) {
  if (options.log) return axisLog(traces);
  const [low, high] = extremes(traces, Number.isFinite);
  if (low !== high || !low) return { type: "linear" };
  const edges = low > 0 ? [0, 2 * low] : [2 * low, 0];
  return { type: "linear", autorangeoptions: { include: edges, clipmin: edges[0], clipmax: edges[1] } };
}

/** All charts of a page show the same stretch of epochs or time, with a little room for the marks at its ends. */
function span(runs, x, options) {
  const ends = runs.flatMap(({ series, steps }) => [...stepPoints(steps, series, 1), ...series.ends]).map(x.of);
  if (!ends.length) return {};
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const room = (last - first || 1) * 0.025;
  const edges = { clipmin: first - room, clipmax: last + room, include: [first - room, last + room] };
  return { autorangeoptions: edges, ...(options.x !== "time" && last - first <= 10 ? { dtick: 1 } : {}) };
}

/** The figure of one panel (webapp/runs/charts.py: panels) for `runs`: [{label, color, series: Series}]. */
export function figure(panel, runs, options, look) {
  const x = positions(runs, options);
  const traces = [];
  for (const run of runs) {
    if (panel.id === "loss") traces.push(...stepTraces(run, x.of, look));
    const drawn = panel.series.map((series) => ({ series, points: run.series.points(series.metric) }));
    for (const { series, points } of drawn) {
      if (!points.length) continue;
      traces.push(...seriesTraces(series, run, points, x.of, options, look));
      traces.push(...oddMarks(points, x.of, series.label, look.bad));
    }
    const judged = drawn.find(({ series, points }) => series.part === "validation" && points.length) || drawn[0];
    traces.push(...bestMark(judged.points, panel, x.of, look, run.color));
  }
  const starts = startMarks(runs, x.of, look);
  const axisX = { title: x.title, unifiedhovertitle: { text: x.hover }, ...span(runs, x, options) };
  const drawn = layout(look, axisX, axisY(traces, options), options);
  return { data: [...traces, ...starts.traces], layout: { ...drawn, shapes: starts.shapes } };
}

export function layout(look, x, y, options = {}) {
  const axis = { gridcolor: look.line, gridwidth: 1, zeroline: false, linecolor: look.line, tickcolor: look.line, automargin: true };
  const { title, ...rest } = x;
  return {
    autosize: true, showlegend: false, hovermode: "x unified", dragmode: look.touch ? false : "zoom",
    paper_bgcolor: look.paper, plot_bgcolor: look.paper, // not transparent: the line under the mouse has a rim of it
    font: { family: look.font, size: 11, color: look.muted },
    margin: { l: 44, r: 10, t: 8, b: 34 },
    // The same number as before keeps zoom and pan; another axis makes them meaningless.
    uirevision: `${options.x || ""} ${options.log ? "log" : ""}`,
    hoverlabel: { bgcolor: look.paper, bordercolor: look.line, font: { family: look.font, color: look.ink, size: 12 } },
    xaxis: { ...axis, showgrid: false, showline: true, spikecolor: look.line, spikethickness: 1, spikedash: "solid", nticks: 8, title: { text: title, standoff: 6, font: { size: 11 } }, ...rest },
    yaxis: { ...axis, nticks: 6, ...y },
    yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: look.muted, activecolor: look.ink },
  };
}
