// The recorded epochs of one run. Events may come twice or again after a resume: the result is the same.

const PLAIN = ["seconds", "learning_rate", "examples_per_second"];

export class Series {
  /** `columns` as of webapp/runs/charts.py: epoch_columns; `starts` as of webapp/runs/replay.py. */
  constructor(columns = { epoch: [], metrics: {} }, starts = []) {
    this.rows = new Map();
    this.starts = starts;
    columns.epoch.forEach((epoch, at) => {
      const metrics = {};
      for (const [name, values] of Object.entries(columns.metrics)) metrics[name] = values[at];
      const row = { metrics };
      for (const name of PLAIN) row[name] = columns[name]?.[at];
      this.rows.set(epoch, row);
    });
    this.sort();
  }

  sort() {
    this.epochs = [...this.rows.keys()].sort((a, b) => a - b);
    let total = 0;
    // Time spent training: a run that rested for a night between two attempts has no gap in it.
    this.seconds = this.epochs.map((epoch) => (total += this.rows.get(epoch).seconds || 0));
  }

  /** Take one event in; returns whether a chart must be drawn again. */
  apply(event) {
    if (event.kind === "started") return this.goOn(event);
    if (event.kind !== "epoch") return false;
    const { epoch, metrics, ...rest } = event.payload;
    const row = { metrics };
    for (const name of PLAIN) row[name] = rest[name];
    this.rows.set(epoch, row);
    this.sort();
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

  /** A later attempt went on after `epoch`: what an earlier one did beyond it is no longer part of the run. */
  dropAfter(epoch) {
    const before = this.rows.size;
    for (const known of [...this.rows.keys()]) if (known > epoch) this.rows.delete(known);
    this.sort();
    return this.rows.size !== before;
  }

  /** The points of one metric: [{epoch, seconds, value}], NaN and Infinity as numbers, unreported epochs left out. */
  points(metric) {
    const points = [];
    this.epochs.forEach((epoch, at) => {
      const row = this.rows.get(epoch);
      const value = row.metrics[metric] ?? row[metric];
      if (value !== undefined && value !== null) points.push({ epoch, seconds: this.seconds[at], value: Number(value) });
    });
    return points;
  }

  get metrics() {
    const names = new Set();
    for (const row of this.rows.values()) for (const name of Object.keys(row.metrics)) names.add(name);
    return names;
  }
}

/** The best finite point, the earliest of equals; `mode` is "max" or "min". */
export function best(points, mode) {
  let found = null;
  for (const point of points) {
    if (!Number.isFinite(point.value)) continue;
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
