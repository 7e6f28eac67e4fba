// Losses of single steps → traces under those of the epochs. Pure, as figure.js is.
import { oddMarks } from "./marks.js";
import { smoothed } from "./series.js";

const FAINT = 0.5;
const FAINTEST = 0.15;

/** The losses as points among the epochs: step 60 of 40 an epoch lies at 1.5. `steps` as the server answers. */
export function stepPoints(steps, series, most = Infinity) {
  if (!steps?.steps.length) return [];
  return steps.steps.slice(0, most).map((step, at) => {
    const epoch = step / steps.steps_per_epoch;
    const value = steps.losses[at] === null ? NaN : Number(steps.losses[at]);
    return { step, epoch, seconds: series.secondsAt(epoch), value };
  });
}

function breakText({ value, step, epoch }) {
  const values = { value, step: step.toLocaleString("en-GB"), epoch: Math.ceil(epoch) };
  return interpolate(gettext("%(value)s from step %(step)s, in epoch %(epoch)s"), values, true);
}

/** The first of every stretch of steps with a loss that is not finite. */
function breaks(points) {
  const begins = (point, at) => !Number.isFinite(point.value) && (!at || Number.isFinite(points[at - 1].value));
  return points.filter(begins).map((point) => ({ ...point, text: breakText(point) }));
}

/** A thin line through the losses of a run's steps; it breaks where they are not finite, and a mark says where. */
export function stepTraces(run, x, smoothing, look) {
  const points = stepPoints(run.steps, run.series);
  if (!points.length) return [];
  const values = points.map(({ value }) => value);
  const base = { type: "scatter", mode: "lines", connectgaps: false, showlegend: false, meta: "steps", name: gettext("each step"), hoverinfo: "none", x: points.map(x) };
  const drawn = (ys, opacity) => ({ ...base, y: ys.map((value) => (Number.isFinite(value) ? value : null)), opacity, line: { color: run.color, width: 1 } });
  const lines = smoothing
    ? [{ ...drawn(values, FAINTEST), hoverinfo: "skip", meta: "raw" }, drawn(smoothed(values, smoothing), 1)]
    : [drawn(values, FAINT)];
  return [...lines, ...oddMarks(breaks(points), x, gettext("each step"), look.bad)];
}
