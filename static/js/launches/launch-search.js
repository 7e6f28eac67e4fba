// Finding a field of the launch form: only the fields that have all words stay, with their sections open.
"use strict";

const searchForm = document.getElementById("launch");
let openBefore = null;

function searchable() {
  return [...searchForm.querySelectorAll(".launch-fold [data-found-by]")];
}

/** The words of a field: what is shown of it, with its section and help, and what else it is found by. */
function wordsOf(field) {
  const section = field.closest(".launch-fold")?.querySelector("h2")?.textContent || "";
  return `${field.dataset.foundBy} ${section} ${field.textContent}`.toLowerCase();
}

function tellFound(number) {
  const slot = searchForm.querySelector("#launch-found");
  const text = ngettext("%s field", "%s fields", number).replace("%s", number);
  slot.textContent = number === null ? "" : number ? text : gettext("No field has these words.");
}

function endSearch() {
  searchForm.classList.remove("is-searched");
  for (const field of searchForm.querySelectorAll(".is-found")) field.classList.remove("is-found");
  if (openBefore) for (const [details, isOpen] of openBefore) details.open = isOpen;
  openBefore = null;
  tellFound(null);
}

function findFields(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return endSearch();
  const all = [...searchForm.querySelectorAll("details.launch-fold, details.launch-more")];
  openBefore ??= all.map((details) => [details, details.open]);
  const found = searchable().filter((field) => words.every((word) => wordsOf(field).includes(word)));
  searchForm.classList.add("is-searched");
  for (const each of searchForm.querySelectorAll(".is-found")) each.classList.remove("is-found");
  for (const details of all) details.open = found.some((field) => details.contains(field));
  for (const field of found) {
    for (let each = field; each && each !== searchForm; each = each.parentElement) each.classList.add("is-found");
    for (const inner of field.querySelectorAll("[data-found-by]")) inner.classList.add("is-found");
  }
  return tellFound(found.length);
}

function showTools() {
  const tools = searchForm.querySelector("[data-launch-tools]");
  if (tools) tools.hidden = false;
}

if (searchForm) {
  searchForm.addEventListener("input", (event) => {
    if (event.target.id !== "launch-search") return;
    event.stopPropagation();
    findFields(event.target.value);
  }, true);
  searchForm.addEventListener("keydown", (event) => {
    if (event.target.id !== "launch-search" || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") {
      event.target.value = "";
      endSearch();
    } else {
      searchForm.querySelector(".launch-fold .field.is-found :is(input:not([type=hidden]), select)")?.focus();
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "launch-body") showTools();
  });
  showTools();
}
