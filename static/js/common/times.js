// Exact times on hover in the reader's own time zone, and "5 minutes ago" that stays true while the page is open.
"use strict";

const STEPS = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]];

function inWords(moment) {
  const seconds = (Date.now() - moment) / 1000;
  for (const [size, unit] of STEPS) {
    if (Math.abs(seconds) < size) continue;
    const count = seconds >= 0 ? Math.floor(seconds / size) : Math.round(-seconds / size);
    const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return seconds >= 0 ? `${words} ago` : `in ${words}`;
  }
  return seconds >= 0 ? "just now" : "in a moment";
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    const words = inWords(moment);
    if (time.textContent !== words) time.textContent = words;
    if (!time.dataset.local) {
      time.title = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" }).format(moment);
      time.dataset.local = "1";
    }
  }
}

refresh();
setInterval(refresh, 20000);
document.addEventListener("htmx:afterSettle", refresh);
