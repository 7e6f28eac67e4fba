// The axes of a chart: which stretch they show, and how their ticks read. Pure, as figure.js is.
import { stepPoints } from "./step-traces.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const MOST_TICKS = 6;
const OUTLIERS = 0.02; // so many of the values at each end do not decide what is shown

/** A tick of a logarithmic axis in full: 0.02, 500, 2×10⁻⁷. */
export function tickText(value) {
  const power = Math.floor(Math.log10(value) + 1e-9);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  const digits = Number((value / 10 ** power).toPrecision(3));
  const raised = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[digit]).join("");
  return `${digits === 1 ? "" : `${digits}×`}10${power < 0 ? "⁻" : ""}${raised}`;
}

function evenTicks(low, high) {
  const size = 10 ** Math.floor(Math.log10((high - low) / MOST_TICKS || low));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((width) => (high - low) / width <= MOST_TICKS);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

/** Where a logarithmic axis from `low` to `high` has ticks: round numbers that do not touch. */
export function logTicks(low, high) {
  const decades = Math.log10(high / low);
  if (decades < 1) return evenTicks(low, high);
  const every = Math.ceil(decades / MOST_TICKS);
  const digits = decades <= 2 ? [1, 2, 5] : [1];
  const first = Math.floor(Math.log10(low) / every) * every;
  const ticks = [];
  for (let power = first; power <= Math.log10(high) + every; power += every) ticks.push(...digits.map((digit) => digit * 10 ** power));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** The values on the main axis within the zoomed stretch that `isMeant`. */
function shownValues(traces, zoom, isMeant) {
  const values = [];
  for (const trace of traces.filter(({ yaxis }) => yaxis !== "y2")) {
    trace.y.forEach((value, at) => {
      if (isMeant(value) && (!zoom || (trace.x[at] >= zoom[0] && trace.x[at] <= zoom[1]))) values.push(value);
    });
  }
  return values.sort((a, b) => a - b);
}

/** The lowest and the highest value; the same twice when they differ by no more than single precision does. */
function limits(values, leavesOut) {
  const cut = leavesOut ? Math.floor(values.length * OUTLIERS) || (values.length > 4 ? 1 : 0) : 0;
  const [low, high] = [values[cut] ?? Infinity, values[values.length - 1 - cut] ?? -Infinity];
  return high - low < 1e-6 * Math.abs(high) ? [high, high] : [low, high];
}

function padded([low, high]) {
  const room = (high - low) * 0.06;
  return [low - room, high + room];
}

/** Plotly counts the range of a logarithmic axis in decades. */
function axisLog([low, high], options) {
  if (!Number.isFinite(low)) return { type: "log" };
  const powers = low === high ? [Math.log10(low) - 0.5, Math.log10(low) + 0.5] : padded([low, high].map(Math.log10));
  const range = options.y || powers;
  const ticks = low === high && !options.y ? [low] : logTicks(...range.map((power) => 10 ** power));
  const isOwn = options.y || options.zoom || options.outliers || low === high;
  return { type: "log", tickmode: "array", tickvals: ticks, ticktext: ticks.map(tickText), ...(isOwn && { range }) };
}

/** A value that never changes lies in the middle of an axis of its own size, not of one from -1 to 1. */
function axisLinear([low, high], options) {
  if (options.y) return { range: options.y };
  if (low === high && low) {
    const edges = low > 0 ? [0, 2 * low] : [2 * low, 0];
    return { autorangeoptions: { include: edges, clipmin: edges[0], clipmax: edges[1] } };
  }
  return (options.zoom || options.outliers) && low < high ? { range: padded([low, high]) } : {};
}

/** `options`: log, outliers (left out when true), zoom ([from, to] of x), y (the range that was zoomed to by hand). */
export function axisY(traces, options) {
  const isMeant = options.log ? (value) => value > 0 && Number.isFinite(value) : Number.isFinite;
  const edges = limits(shownValues(traces, options.zoom, isMeant), options.outliers);
  if (options.log) return axisLog(edges, options);
  return { type: "linear", exponentformat: "power", ...axisLinear(edges, options) };
}

/** All charts of a page show the same stretch of epochs or time, with a little room for the marks at its ends. */
export function axisX(runs, x, options) {
  if (options.zoom) return { range: options.zoom };
  const ends = runs.flatMap(({ series, steps }) => [...stepPoints(steps, series, 1), ...series.ends]).map(x.of);
  if (!ends.length) return {};
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const room = (last - first || 1) * 0.025;
  const edges = { clipmin: first - room, clipmax: last + room, include: [first - room, last + room] };
  return { autorangeoptions: edges, ...(options.x !== "time" && last - first <= 10 ? { dtick: 1 } : {}) };
}
