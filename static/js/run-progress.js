// Numbers of the run page that change many times a second, and what is said of the connection.
import { durationText, figureText } from "./words.js";

const WRITE = {
  epoch: (value) => String(value),
  epochs: (value) => String(value),
  seconds_left: (value) => (value === null ? "–" : durationText(value)),
  learning_rate: (value) => figureText(value),
  examples_per_second: (value) => (value === null ? "–" : Math.round(value).toLocaleString("en-GB")),
};

export function showProgress(root, { progress, state }) {
  const bar = root.querySelector("[data-progress]");
  if (bar && typeof progress.fraction === "number") bar.value = progress.fraction;
  for (const [name, write] of Object.entries(WRITE)) {
    const node = root.querySelector(`[data-now="${name}"]`);
    if (!node || progress[name] === undefined || (name === "seconds_left" && state === "stopping")) continue;
    const text = write(progress[name]);
    if (node.textContent !== text) node.textContent = text;
  }
  document.title = document.title.replace(/^(\d+ % · )?/, state === "running" ? `${Math.floor((progress.fraction || 0) * 100)} % · ` : "");
}

const ENDED = new Set(["finished", "failed", "stopped"]);

/** "live", or how old what is shown is. Nothing for a run that has ended and a connection that works. */
export function showStatus(root, status, state, heardAt) {
  const node = root.querySelector("[data-live-state]");
  if (!node) return;
  const age = `updated ${durationText((Date.now() - heardAt) / 1000)} ago`;
  const texts = {
    live: ENDED.has(state) ? "" : "live",
    polling: ENDED.has(state) ? "" : "updating every few seconds",
    reconnecting: `reconnecting… ${age}`,
    "signed-out": "signed out: reload to sign in again",
    gone: "no longer there: reload",
    crowded: "not live: too many run pages are open. Close some, then reload",
  };
  const text = texts[status] ?? "";
  if (node.textContent !== text) node.textContent = text;
  node.dataset.status = text ? status : "";
}
