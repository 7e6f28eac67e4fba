// <table data-matrix="#id-of-line">: says in words what the cell under the mouse stands for, and marks its row and column.
"use strict";

function describe(table, cell) {
  const row = cell.parentElement;
  const heads = table.tHead.rows[0].cells;
  const count = Number(cell.textContent || cell.dataset.count || 0);
  const total = Number(row.dataset.total);
  const share = total ? ` (${(100 * count / total).toFixed(1)} %)` : "";
  const predicted = heads[cell.cellIndex].textContent.trim();
  const name = row.cells[0].textContent.trim();
  const taken = name === predicted ? "were predicted right" : `were predicted as ${predicted}`;
  return `${count} of ${total} of the class ${name} ${taken}${share}.`;
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
