// Points → Plotly figure. Pure: no page, no Plotly; what it needs to know of the theme comes in as `look`.
import { axisX, axisY } from "./axes.js";
import { bestMark, oddMarks } from "./marks.js";
import { smoothed } from "./series.js";
import { startMarks } from "./start-marks.js";
import { stepTraces } from "./step-traces.js";

const FAINT = 0.28;
const FEW = 12; // so few points are drawn as dots too
const MANY = 200; // dashes between so many points look like dots: the lines are solid and lighter instead

/** Whether validation is drawn by lighter lines instead of dashes: in all charts of all `runs`, or in none. */
export function isLong(runs) {
  return runs.some(({ series }) => series.epochs.length > MANY);
}

/** The word for the code of a panel's series: what its values were measured on. */
export function partName(part) {
  return part === "validation" ? gettext("validation") : gettext("train");
}

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
  const isValidation = series.part === "validation";
  const dash = isValidation && !options.long ? "dash" : "solid";
  const opacity = isValidation && options.long ? 0.55 : 1;
  const raw = points.map((point) => point.value);
  const part = partName(series.part);
  const name = run.label ? `${run.label} · ${part}` : part;
  const base = { type: "scatter", connectgaps: false, showlegend: false, name, opacity };
  const mode = points.length <= FEW ? "lines+markers" : "lines";
  const marker = { size: 4, color: run.color };
  const drawn = { ...base, mode, marker, meta: series.metric, hoverinfo: "none" };
  if (!options.smoothing) {
    return [{ ...drawn, ...line(points, x, raw), line: { color: run.color, width: 2, dash } }];
  }
  const faint = { ...base, mode: "lines", meta: "raw", hoverinfo: "skip", opacity: FAINT, line: { color: run.color, width: 1, dash } };
  return [
    { ...faint, ...line(points, x, raw) },
    { ...drawn, mode: "lines", ...line(points, x, smoothed(raw, options.smoothing)), line: { color: run.color, width: 2, dash } },
  ];
}

function timeTitle(unit) {
  return interpolate(gettext("Training time (%(unit)s)"), { unit }, true);
}

/** Which unit reads well for so many seconds. */
export function timeUnit(seconds) {
  if (seconds < 180) return { divisor: 1, title: timeTitle("s") };
  if (seconds < 3 * 3600) return { divisor: 60, title: timeTitle("min") };
  return { divisor: 3600, title: timeTitle("h") };
}

function positions(runs, options) {
  if (options.x !== "time") return { title: gettext("Epoch"), of: (point) => point.epoch };
  const longest = Math.max(0, ...runs.map((run) => run.series.seconds.at(-1) || 0));
  const { divisor, title } = timeUnit(longest);
  return { title, of: (point) => point.seconds / divisor };
}

/** The figure of one panel (webapp/metrics/charts.py: panels) for `runs`: [{label, color, series: Series}]. */
export function figure(panel, runs, settings, look) {
  const options = { ...settings, long: isLong(runs) };
  const x = positions(runs, options);
  const traces = [];
  for (const run of runs) {
    if (panel.id === "loss") traces.push(...stepTraces(run, x.of, options.smoothing, look));
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
  const drawn = layout(look, { title: x.title, showspikes: true, ...axisX(runs, x, options) }, axisY(traces, options), options);
  const marked = { shapes: starts.shapes, annotations: starts.annotations };
  const margin = { ...drawn.margin, ...(starts.annotations.length && { t: 20 }) };
  return { data: [...traces, ...starts.traces], layout: { ...drawn, margin, hovermode: "x", ...marked } };
}

/** The names of those of `runs` that have the very same curves in a panel, and so hide each other: [[name, …], …]. */
export function sameCurves(panel, runs) {
  const groups = new Map();
  for (const run of runs) {
    const curves = JSON.stringify(panel.series.map(({ metric }) => run.series.points(metric).map(({ epoch, value }) => [epoch, value])));
    if (panel.series.some(({ metric }) => run.series.points(metric).length)) groups.set(curves, [...(groups.get(curves) || []), run.label]);
  }
  return [...groups.values()].filter((names) => names.length > 1);
}

export function layout(look, x, y, options = {}) {
  const axis = { gridcolor: look.line, gridwidth: 1, zeroline: false, linecolor: look.line, tickcolor: look.line, automargin: true };
  const { title, ...rest } = x;
  return {
    autosize: true, showlegend: false, hovermode: "x unified", dragmode: look.touch ? false : "zoom",
    paper_bgcolor: look.paper, plot_bgcolor: look.paper, // not transparent: the line under the mouse has a rim of it
    font: { family: look.font, size: 11, color: look.muted },
    margin: { l: 44, r: 10, t: 8, b: 34 },
    // The ranges are the figure's own: what Plotly remembers of a zoom never outlives a change of them.
    uirevision: JSON.stringify([options.x, options.log, options.outliers, options.zoom, options.y]),
    hoverlabel: { bgcolor: look.paper, bordercolor: look.line, font: { family: look.font, color: look.ink, size: 12 } },
    xaxis: { ...axis, showgrid: false, showline: true, spikecolor: look.line, spikethickness: 1, spikedash: "solid", spikemode: "across", spikesnap: "hovered data", nticks: 8, title: { text: title, standoff: 6, font: { size: 11 } }, ...rest },
    yaxis: { ...axis, nticks: 6, ...y },
    yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: look.muted, activecolor: look.ink },
  };
}
