// <button data-fill-row='[5.1, "red", null]'>: puts the cells into the fields of its form that carry data-cell, in order.
"use strict";

for (const button of document.querySelectorAll("[data-fill-row]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const values = JSON.parse(button.dataset.fillRow);
    const fields = button.form.querySelectorAll("[data-cell]");
    fields.forEach((field, index) => { field.value = values[index] ?? ""; });
  });
}
