// Keys of the whole site; none of them acts while somebody types.
"use strict";

const SECTIONS = { e: "/experiments/", r: "/runs/", c: "/checkpoints/", d: "/datasets/", w: "/workers/" };
let afterG = 0;

function isTyping(element) {
  return element.isContentEditable || /^(input|select|textarea)$/i.test(element.tagName);
}

function searchField() {
  const fields = document.querySelectorAll("main [data-search], main input[type=search], main .toolbar input[type=text]");
  return [...fields].find((field) => field.offsetParent !== null);
}

function focusSearch() {
  const field = searchField();
  if (field) field.select();
  field?.focus();
  return Boolean(field);
}

function openKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (!document.querySelector("dialog[open]")) dialog.showModal();
  return true;
}

function goTo(key) {
  const quick = performance.now() - afterG < 1200;
  afterG = 0;
  const link = quick && SECTIONS[key] && document.querySelector(`.site-nav a[href="${SECTIONS[key]}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) return event.target.blur();
  if (isTyping(event.target)) return;
  let handled = false;
  if (event.key === "/") handled = focusSearch();
  else if (event.key === "?") handled = openKeys();
  else if (event.key === "g") afterG = performance.now();
  else handled = goTo(event.key);
  if (handled) event.preventDefault();
});

// A click beside an open dialog closes it.
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement) event.target.close("cancel");
});
