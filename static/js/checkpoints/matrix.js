// <table data-matrix="#id-of-line">: says in words what the cell under the mouse stands for, and marks its row and column.
"use strict";

/** The whole sentence for a count; without a share where the class has no example. */
function sentence(isRight, hasShare) {
  if (isRight && hasShare) return gettext("%(count)s of %(total)s of the class %(name)s were predicted right (%(share)s).");
  if (isRight) return gettext("%(count)s of %(total)s of the class %(name)s were predicted right.");
  if (hasShare) return gettext("%(count)s of %(total)s of the class %(name)s were predicted as %(predicted)s (%(share)s).");
  return gettext("%(count)s of %(total)s of the class %(name)s were predicted as %(predicted)s.");
}

function describe(table, cell) {
  const row = cell.parentElement;
  const heads = table.tHead.rows[0].cells;
  const count = Number(cell.textContent || cell.dataset.count || 0);
  const total = Number(row.dataset.total);
  const share = total ? `${(100 * count / total).toFixed(1)} %` : "";
  const predicted = heads[cell.cellIndex].textContent.trim();
  const name = row.cells[0].textContent.trim();
  return interpolate(sentence(name === predicted, total > 0), { count, total, name, predicted, share }, true);
}

for (const table of document.querySelectorAll("table[data-matrix]")) {
  const line = document.querySelector(table.dataset.matrix);
  const first = line.textContent;
  table.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("tbody td");
    table.querySelectorAll(".is-here").forEach((head) => head.classList.remove("is-here"));
    line.textContent = cell ? describe(table, cell) : first;
    if (!cell) return;
    cell.parentElement.cells[0].classList.add("is-here");
    table.tHead.rows[0].cells[cell.cellIndex].classList.add("is-here");
  });
  table.addEventListener("mouseleave", () => { line.textContent = first; });
}
