// Numbers of the run page that change many times a second, and the status of the connection.
import { best } from "../charts/series.js";
import { durationText, figureText, settingText } from "../common/words.js";

const WRITE = {
  epoch: String,
  epochs: String,
  seconds_left: (value) => (value === null ? "–" : durationText(value)),
  learning_rate: settingText,
  examples_per_second: (value) => (value === null ? "–" : Math.round(value).toLocaleString("en-GB")),
  last: figureText,
  best: figureText,
  best_at: (epoch) => (epoch ? interpolate(gettext("at %(epoch)s"), { epoch }, true) : ""),
};

/** The last and the best value of `metric` out of the points that the charts draw, so that both say the same. */
export function score(series, panels, metric) {
  const points = series.points(metric);
  if (!points.length) return {};
  const panel = panels.find((each) => each.series.some((line) => line.metric === metric));
  const found = best(points, panel?.mode || "min");
  return { last: points.at(-1).value, best: found?.value ?? null, best_at: found?.epoch ?? null };
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function showFigures(root, figures) {
  for (const [name, textOf] of Object.entries(WRITE)) {
    if (figures[name] === undefined) continue;
    for (const node of root.querySelectorAll(`[data-now="${name}"]`)) write(node, textOf(figures[name]));
  }
}

export function showProgress(root, { progress, state }) {
  const bar = root.querySelector("[data-progress]");
  if (bar && typeof progress.fraction === "number") bar.value = progress.fraction;
  showFigures(root, progress);
  document.title = document.title.replace(/^(\d+ % · )?/, state === "running" ? `${Math.floor((progress.fraction || 0) * 100)} % · ` : "");
}

export const ENDED = new Set(["finished", "failed", "stopped"]);
const SAY_END = {
  finished: () => gettext("%(run)s finished"),
  failed: () => gettext("%(run)s failed"),
  stopped: () => gettext("%(run)s stopped"),
};

/** "live", or how old what is shown is. Nothing for a run that has ended and a connection that works. */
export function showStatus(root, status, state, heardAt) {
  const node = root.querySelector("[data-live-state]");
  if (!node) return;
  const age = durationText((Date.now() - heardAt) / 1000);
  const texts = {
    live: ENDED.has(state) ? "" : gettext("live"),
    polling: ENDED.has(state) ? "" : gettext("updating every few seconds"),
    reconnecting: interpolate(gettext("reconnecting… updated %(age)s ago"), { age }, true),
    "signed-out": gettext("signed out: reload to sign in again"),
    gone: gettext("no longer there: reload"),
    crowded: gettext("not live: too many run pages are open. Close some, then reload"),
  };
  const text = texts[status] ?? "";
  write(node, text);
  node.dataset.status = text ? status : "";
}

/** Announces once, for people who do not look at the page, that the run has ended. */
export function announceEnd(root, before, state) {
  if (ENDED.has(before) || !ENDED.has(state)) return;
  write(root.querySelector("[data-announce]"), interpolate(SAY_END[state](), { run: root.dataset.name }, true));
}
