// <button data-fill-row="[5.1, 3.5]">: puts the numbers into the number fields of its form, in order.
"use strict";

for (const button of document.querySelectorAll("[data-fill-row]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const values = JSON.parse(button.dataset.fillRow);
    const fields = button.form.querySelectorAll('input[type="number"]');
    fields.forEach((field, index) => { field.value = values[index] ?? ""; });
  });
}
