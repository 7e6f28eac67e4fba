// The number of runs that wait or train, in the navigation: polled while the page is visible.
"use strict";

const WHILE_SOME = 5000;
const WHILE_NONE = 30_000;
const counters = document.querySelectorAll("[data-runs-count]");
let askedAt = Date.now();
let isAsking = false;

function showRunsCount(count) {
  for (const counter of counters) {
    counter.firstElementChild.textContent = count;
    counter.hidden = count === 0;
  }
}

async function askRunsCount() {
  if (isAsking) return;
  isAsking = true;
  askedAt = Date.now();
  const response = await fetch(counters[0].dataset.runsCount, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.ok && !response.redirected) showRunsCount((await response.json()).count);
  isAsking = false;
}

function askWhenDue() {
  const isDue = Date.now() - askedAt >= (counters[0].hidden ? WHILE_NONE : WHILE_SOME);
  if (isDue && !document.hidden) askRunsCount();
}

if (counters.length) {
  setInterval(askWhenDue, 1000);
  document.addEventListener("visibilitychange", askWhenDue);
  // A page that watches a run knows first (live-run.js).
  addEventListener("trainyard:runs", askRunsCount);
}
