// <button data-copy="#id-of-field">, data-copy-text="…" or data-copy-address: copies, and says so for a moment.
"use strict";

function textFor(button) {
  if ("copyAddress" in button.dataset) return location.href;
  if (button.dataset.copyText !== undefined) return button.dataset.copyText;
  const source = document.querySelector(button.dataset.copy);
  return source.value ?? source.textContent;
}

// The clipboard interface exists on https and localhost only; a team's server may be plain http.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text], [data-copy-address]");
  if (!button) return;
  const label = button.textContent;
  button.textContent = (await copy(textFor(button))) ? gettext("Copied") : gettext("Select and copy by hand");
  setTimeout(() => { button.textContent = label; }, 1600);
});

// A field that holds a secret selects itself whole.
document.addEventListener("focusin", (event) => {
  if (event.target.matches(".secret input")) event.target.select();
});
