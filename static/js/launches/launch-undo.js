// Undoing what changed the launch form as a whole: a recipe, the defaults of other data, a row or a kind. What is typed
// into a field is undone by the browser itself.
"use strict";

const undoForm = document.getElementById("launch");
const MOST_STEPS = 50;
const UNDO = "undo";
const undoSteps = [];
// What the form had before the act that is about to draw it again.
let settledFields = "";

function settle() {
  settledFields = typedFields().toString();
}

/** A choice that draws the form again is such an act itself. */
function settleTyped(event) {
  if (!event.target.closest("[hx-post]:not(#launch-preview)")) settle();
}

function showUndo() {
  const button = undoForm.querySelector("[data-undo]");
  if (button) button.disabled = undoSteps.length === 0;
}

function undo() {
  const fields = undoSteps.pop();
  if (!fields) return;
  drawAgain(new URLSearchParams(fields), UNDO);
}

if (undoForm) {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target, requestConfig } = event.detail;
    if (target.id !== "launch-body" || requestConfig.parameters._change === UNDO) return;
    undoSteps.push(settledFields);
    if (undoSteps.length > MOST_STEPS) undoSteps.shift();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "launch-body") return;
    settle();
    showUndo();
  });
  undoForm.addEventListener("input", settleTyped);
  undoForm.addEventListener("change", settleTyped);
  undoForm.addEventListener("click", (event) => {
    if (event.target.closest("[data-undo]")) undo();
  });
  settle();
}
