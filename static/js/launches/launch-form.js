// The launch form: problems and changes that the preview found are written at their fields, without touching what is
// typed; the focus follows a row that moves.
"use strict";

const launchForm = document.getElementById("launch");

/** What the preview says of the fields: {id of a slot: its text}, and the slots of the fields that are changed. */
function foundIn(root) {
  const found = root.querySelector("[data-slots]");
  return found ? { texts: JSON.parse(found.dataset.slots), changed: JSON.parse(found.dataset.changed) } : null;
}

function fill(slot, text) {
  if (slot.textContent !== text) slot.textContent = text;
  slot.hidden = text === "";
}

function showErrors(texts) {
  for (const slot of launchForm.querySelectorAll(".launch-form .field-error[id^='e-']")) {
    const text = texts[slot.id] || "";
    fill(slot, text);
    slot.closest(".field")?.classList.toggle("has-error", text !== "");
    const input = launchForm.querySelector(`[aria-describedby="${slot.id}"]`);
    if (text) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
    if (text) openAround(slot);
  }
}

function showNotes(texts, changed) {
  for (const slot of launchForm.querySelectorAll(".launch-form .launch-note[id^='n-']")) {
    fill(slot, texts[slot.id] || "");
    slot.closest(".field, .launch-optional, .launch-rows")?.classList.toggle("is-changed", changed.includes(slot.id));
  }
}

/** What the sections say while they are closed. */
function showShorts(texts) {
  for (const slot of launchForm.querySelectorAll(".launch-short[id]")) fill(slot, texts[slot.id] || "");
}

/** Hints open to the side where there is room. */
function placeHint(hint) {
  const room = document.documentElement.clientWidth - hint.getBoundingClientRect().left;
  hint.classList.toggle("is-left", room < 280);
}

/** The field of a row by what its name has behind the row's; it is looked for again where the row went. */
let fieldInRow = "";

function moveRow(event) {
  const row = event.target.closest(".launch-row");
  const act = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  // A select opens with Alt and an arrow.
  if (!row || !act || !event.altKey || event.target.tagName === "SELECT") return;
  event.preventDefault();
  fieldInRow = event.target.name?.startsWith(row.dataset.row) ? event.target.name.slice(row.dataset.row.length) : "";
  row.querySelector(`button[value="${act}:${row.dataset.row}"]`)?.click();
}

/** The server says what takes the focus; htmx would give it back to what is now at the same place. */
function followFocus() {
  const chosen = launchForm.querySelector("#launch-body [autofocus]");
  const row = chosen?.closest(".launch-row");
  const field = fieldInRow && row?.querySelector(`[name="${row.dataset.row}${fieldInRow}"]:not([type=hidden])`);
  fieldInRow = "";
  (field || chosen)?.focus();
}

function closeHints(event) {
  for (const hint of launchForm.querySelectorAll("details.hint[open]")) {
    if (!hint.contains(event.target)) hint.open = false;
  }
}

if (launchForm) {
  launchForm.addEventListener("htmx:afterSwap", (event) => {
    const found = event.target.id === "launch-preview" && foundIn(event.target);
    if (!found) return;
    showErrors(found.texts);
    showNotes(found.texts, found.changed);
    showShorts(found.texts);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "launch-body") followFocus();
  });
  launchForm.addEventListener("keydown", moveRow);
  launchForm.addEventListener("toggle", (event) => {
    if (event.target.matches("details.hint[open]")) placeHint(event.target);
  }, true);
  document.addEventListener("click", closeHints);
  launchForm.addEventListener("keydown", (event) => {
    const hint = event.key === "Escape" && event.target.closest("details.hint[open]");
    if (hint) hint.open = false;
  });
}
