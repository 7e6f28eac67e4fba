// Keyboard shortcuts of the whole site; except Ctrl+K, none is active while a person types.
"use strict";

const SECTIONS = { e: "/experiments/", r: "/runs/", c: "/checkpoints/", d: "/datasets/", m: "/compare/", w: "/workers/" };
const SEARCH_HASH = "#search";
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

/** The search of this page, or of all runs where it has none. */
function search() {
  const isAnywhere = document.querySelector(`.site-nav a[href="${SECTIONS.r}"]`);
  if (!focusSearch() && isAnywhere) location.assign(SECTIONS.r + SEARCH_HASH);
  return true;
}

function openKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (!document.querySelector("dialog[open]")) dialog.showModal();
  return true;
}

function openTab(number) {
  if (!document.querySelector("[data-tabs]") || document.querySelector("dialog[open]")) return false;
  dispatchEvent(new CustomEvent("trainyard:nth-tab", { detail: number }));
  return true;
}

function goTo(key) {
  const quick = performance.now() - afterG < 1200;
  afterG = 0;
  const link = quick && SECTIONS[key] && document.querySelector(`.site-nav a[href="${SECTIONS[key]}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

function handle({ key, target }) {
  if (isTyping(target)) return false;
  if (key === "/") return focusSearch();
  if (key === "?") return openKeys();
  if (/^[1-9]$/.test(key)) return openTab(Number(key));
  if (key !== "g") return goTo(key);
  afterG = performance.now();
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.defaultPrevented) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && (event.key !== "k" || event.shiftKey)) return;
  if (event.key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) return event.target.blur();
  if (isCommand ? search() : handle(event)) event.preventDefault();
});

// A click beside an open dialog closes it.
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement) event.target.close("cancel");
});

if (location.hash === SEARCH_HASH) focusSearch();
