// Exact times on hover in the reader's own time zone, and "5 minutes ago" that stays true while the page is open.
"use strict";

const STEPS = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]];
const AGO = {
  year: (count) => ngettext("%(count)s year ago", "%(count)s years ago", count),
  month: (count) => ngettext("%(count)s month ago", "%(count)s months ago", count),
  day: (count) => ngettext("%(count)s day ago", "%(count)s days ago", count),
  hour: (count) => ngettext("%(count)s hour ago", "%(count)s hours ago", count),
  minute: (count) => ngettext("%(count)s minute ago", "%(count)s minutes ago", count),
};
const AHEAD = {
  year: (count) => ngettext("in %(count)s year", "in %(count)s years", count),
  month: (count) => ngettext("in %(count)s month", "in %(count)s months", count),
  day: (count) => ngettext("in %(count)s day", "in %(count)s days", count),
  hour: (count) => ngettext("in %(count)s hour", "in %(count)s hours", count),
  minute: (count) => ngettext("in %(count)s minute", "in %(count)s minutes", count),
};

function inWords(moment) {
  const seconds = (Date.now() - moment) / 1000;
  for (const [size, unit] of STEPS) {
    if (Math.abs(seconds) < size) continue;
    const count = seconds >= 0 ? Math.floor(seconds / size) : Math.round(-seconds / size);
    return interpolate((seconds >= 0 ? AGO : AHEAD)[unit](count), { count }, true);
  }
  return seconds >= 0 ? gettext("just now") : gettext("in a moment");
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    const words = inWords(moment);
    if (time.textContent !== words) time.textContent = words;
    if (!time.dataset.local) {
      time.title = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" }).format(moment);
      time.dataset.local = "1";
    }
  }
}

refresh();
setInterval(refresh, 20000);
document.addEventListener("htmx:afterSettle", refresh);
