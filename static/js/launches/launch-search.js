// Finding fields of the launch form: only those that have all words, and those that are changed if only they are asked
// for, stay in sight, with their sections open.
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

/** The slots for notes of the fields that differ from the run that the form was filled from, or else the default. */
function differingNotes() {
  return new Set(JSON.parse(searchForm.querySelector("[data-differing]").dataset.differing));
}

function clearFound() {
  for (const each of searchForm.querySelectorAll(".is-found")) each.classList.remove("is-found");
}

function tellFound(text) {
  searchForm.querySelector("#launch-found").textContent = text;
}

function endSearch() {
  searchForm.classList.remove("is-searched");
  clearFound();
  if (openBefore) for (const [details, isOpen] of openBefore) details.open = isOpen;
  openBefore = null;
  tellFound("");
}

function showFound(found) {
  const all = [...searchForm.querySelectorAll("details.launch-fold, details.launch-more")];
  openBefore ??= all.map((details) => [details, details.open]);
  searchForm.classList.add("is-searched");
  clearFound();
  for (const details of all) details.open = found.some((field) => details.contains(field));
  for (const field of found) {
    for (let each = field; each !== searchForm; each = each.parentElement) each.classList.add("is-found");
    for (const inner of field.querySelectorAll("[data-found-by]")) inner.classList.add("is-found");
  }
  const text = ngettext("%s field", "%s fields", found.length).replace("%s", found.length);
  tellFound(found.length ? text : gettext("No field is like that."));
}

function findFields() {
  const words = searchForm.querySelector("#launch-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const notes = searchForm.querySelector("#launch-differing").checked ? differingNotes() : null;
  if (!words.length && !notes) return endSearch();
  return showFound(searchable().filter((field) => {
    const text = wordsOf(field), note = field.querySelector(".launch-note").id;
    return words.every((word) => text.includes(word)) && (!notes || notes.has(note));
  }));
}

function isTool(element) {
  return element.id === "launch-search" || element.id === "launch-differing";
}

function showTools() {
  const tools = searchForm.querySelector("[data-launch-tools]");
  if (tools) tools.hidden = false;
}

if (searchForm) {
  for (const kind of ["input", "change"]) {
    searchForm.addEventListener(kind, (event) => {
      if (!isTool(event.target)) return;
      event.stopPropagation();
      findFields();
    }, true);
  }
  searchForm.addEventListener("keydown", (event) => {
    if (event.target.id !== "launch-search" || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") {
      event.target.value = "";
      findFields();
    } else {
      searchForm.querySelector(".launch-fold .field.is-found :is(input:not([type=hidden]), select)")?.focus();
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "launch-body") return;
    openBefore = null;
    searchForm.classList.remove("is-searched");
    showTools();
  });
  showTools();
}
