// Selecting runs in a table: all at once, a range with Shift, and how many there are.
"use strict";

let lastPicked = null;

const picks = () => [...document.querySelectorAll("#run-table [name=runs]")];

function showSelection() {
  const boxes = picks();
  const count = boxes.filter((box) => box.checked).length;
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.hidden = false;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  const text = document.querySelector("[data-selected-count]");
  if (text) text.textContent = interpolate(gettext("%(count)s selected:"), { count }, true);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("#run-table [name=runs]");
  if (!box) return;
  const boxes = picks();
  const from = boxes.findIndex(({ id }) => id === lastPicked);
  if (event.shiftKey && from >= 0) {
    const [first, last] = [from, boxes.indexOf(box)].sort((a, b) => a - b);
    for (const other of boxes.slice(first, last + 1)) other.checked = box.checked;
  }
  lastPicked = box.id;
  showSelection();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-select-all]")) return;
  for (const box of picks()) box.checked = event.target.checked;
  showSelection();
});

document.addEventListener("htmx:afterSettle", showSelection);
showSelection();
