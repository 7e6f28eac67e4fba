// The number of active runs beside "Runs" in the navigation, as the part of the page that was rendered last says it.
"use strict";

function showActiveRuns() {
  const number = document.querySelector("[data-active-runs]")?.dataset.activeRuns;
  if (number === undefined) return;
  for (const link of document.querySelectorAll("nav [data-counts-runs]")) {
    let count = link.querySelector(".nav-count");
    if (number === "0") {
      count?.remove();
      continue;
    }
    if (!count) {
      count = document.createElement("span");
      count.className = "nav-count";
      link.append(" ", count);
    }
    if (count.textContent === number) continue;
    count.textContent = number;
    count.title = `${number} queued or running`;
  }
}

document.addEventListener("htmx:afterSettle", showActiveRuns);
