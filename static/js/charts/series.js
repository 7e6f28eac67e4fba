// The recorded epochs of one run. Events may come twice or again after a resume: the result is the same.

export class Series {
  /** `columns` as of webapp/metrics/charts.py: epoch_columns; `starts` as of webapp/metrics/replay.py. */
  constructor(columns = { epoch: [], metrics: {} }, starts = []) {
    this.rows = new Map();
    this.starts = starts;
    this.take(columns);
  }

  /** More epochs, or the same ones again. */
  take(columns) {
    columns.epoch.forEach((epoch, at) => {
      const metrics = {};
      for (const [name, values] of Object.entries(columns.metrics)) metrics[name] = values[at];
      const [elapsed, learning_rate] = [columns.elapsed?.[at], columns.learning_rate?.[at]];
      // Of a long run not every epoch comes; those up to `until` were left out, they are no gap.
      this.rows.set(epoch, { metrics, elapsed, learning_rate, until: columns.until?.[at] ?? epoch });
    });
    this.sorted = null;
  }

  sort() {
    if (this.sorted) return this.sorted;
    const epochs = [...this.rows.keys()].sort((a, b) => a - b);
    let total = 0;
    // Time spent training: a pause between two attempts leaves no gap.
    const seconds = epochs.map((epoch) => {
      const row = this.rows.get(epoch);
      const end = row.elapsed ?? total + (row.seconds || 0);
      total = end + (row.rest || 0);
      return end;
    });
    this.sorted = { epochs, seconds };
    return this.sorted;
  }

  get epochs() {
    return this.sort().epochs;
  }

  get seconds() {
    return this.sort().seconds;
  }

  /** The first and the last epoch, with their times. */
  get ends() {
    const { epochs, seconds } = this;
    const at = epochs.length > 1 ? [0, epochs.length - 1] : [...epochs.keys()];
    return at.map((place) => ({ epoch: epochs[place], seconds: seconds[place] }));
  }

  /** Training time at an epoch or between two of them. */
  secondsAt(epoch) {
    const { epochs, seconds } = this;
    let [low, high] = [0, epochs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (epochs[middle] < epoch) low = middle + 1;
      else high = middle;
    }
    if (low === epochs.length) return seconds.at(-1) ?? 0;
    const [from, since] = low ? [epochs[low - 1], seconds[low - 1]] : [epochs[0] - 1, 0];
    return since + ((seconds[low] - since) * Math.max(0, epoch - from)) / (epochs[low] - from);
  }

  /** Take one event in; returns whether a chart must be drawn again. */
  apply(event) {
    if (event.kind === "started") return this.goOn(event);
    if (event.kind !== "epoch") return false;
    const { epoch, metrics, seconds, learning_rate } = event.payload;
    this.rows.set(epoch, { metrics, seconds, learning_rate, until: epoch });
    this.sorted = null;
    return true;
  }

  /** An attempt begins: what came after its checkpoint goes, and the place is kept to be marked. */
  goOn({ attempt, epoch, payload }) {
    const from = payload.epoch ?? epoch ?? 0;
    this.starts = this.starts.filter((start) => start.epoch < from);
    const marked = from > 0 && Boolean(payload.resumed_from);
    if (marked) this.starts.push({ epoch: from, attempt, checkpoint: payload.resumed_from });
    return this.dropAfter(from) || marked;
  }

  /** A later attempt resumed after `epoch`: what an earlier one did beyond it is no longer part of the run. */
  dropAfter(epoch) {
    const before = this.rows.size;
    const time = this.secondsAt(epoch);
    for (const known of [...this.rows.keys()]) if (known > epoch) this.rows.delete(known);
    this.sorted = null;
    const last = this.rows.get(this.epochs.at(-1));
    if (last?.until > epoch) Object.assign(last, { until: epoch, rest: time - this.seconds.at(-1) });
    this.sorted = null;
    return this.rows.size !== before;
  }

  /**
   * The points of one metric: [{epoch, until, seconds, value, isLost}], NaN and Infinity as numbers, unreported epochs
   * left out. `isLost` where the epoch's training loss is not finite, as in webapp/workers/recording/summary.py.
   */
  points(metric) {
    const points = [];
    const { epochs, seconds } = this;
    epochs.forEach((epoch, at) => {
      const row = this.rows.get(epoch);
      const value = row.metrics[metric] ?? row[metric];
      if (value === undefined || value === null) return;
      const isLost = !Number.isFinite(Number(row.metrics.loss ?? 0));
      points.push({ epoch, until: row.until, seconds: seconds[at], value: Number(value), isLost });
    });
    return points;
  }

  get metrics() {
    const names = new Set();
    for (const row of this.rows.values()) for (const name of Object.keys(row.metrics)) names.add(name);
    return names;
  }
}

/** The best finite point of an epoch that is not lost, the earliest of equals; `mode` is "max" or "min". */
export function best(points, mode) {
  let found = null;
  for (const point of points) {
    if (point.isLost || !Number.isFinite(point.value)) continue;
    if (!found || (mode === "max" ? point.value > found.value : point.value < found.value)) found = point;
  }
  return found;
}

/** Exponential moving average without the bias towards the start (Kingma and Ba 2015, section 3); NaN stays NaN. */
export function smoothed(values, weight) {
  let sum = 0;
  let seen = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    sum = weight * sum + (1 - weight) * value;
    seen += 1;
    return sum / (1 - weight ** seen);
  });
}
