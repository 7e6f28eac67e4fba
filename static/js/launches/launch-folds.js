// The sections of the launch form: they stay as open or closed as the person left them when the form is drawn again,
// a wrong field opens what it is in, and one button opens or closes all.
"use strict";

const foldForm = document.getElementById("launch");
const isFoldOpen = new Map();

function folds() {
  return [...foldForm.querySelectorAll(".launch-fold")];
}

function areAllOpen() {
  return folds().every((fold) => fold.open);
}

function labelFoldAll() {
  const button = foldForm.querySelector("[data-fold-all]");
  if (button) button.textContent = areAllOpen() ? gettext("Close all") : gettext("Open all");
}

function foldAll() {
  const opens = !areAllOpen();
  for (const fold of folds()) fold.open = opens;
}

/** Links to a field, such as those of the list of problems, open what the field is in. */
function openAround(field) {
  for (let fold = field?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

if (foldForm) {
  foldForm.addEventListener("toggle", (event) => {
    if (!event.target.matches(".launch-fold")) return;
    isFoldOpen.set(event.target.id, event.target.open);
    labelFoldAll();
  }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "launch-body") return;
    for (const fold of folds()) {
      if (isFoldOpen.has(fold.id) && !fold.querySelector(".has-error")) fold.open = isFoldOpen.get(fold.id);
    }
    openAround(foldForm.querySelector("#launch-body [autofocus]"));
    labelFoldAll();
  });
  foldForm.addEventListener("click", (event) => {
    if (event.target.closest("[data-fold-all]")) foldAll();
    const link = event.target.closest("a[href^='#']");
    if (link) openAround(document.getElementById(decodeURIComponent(link.hash.slice(1))));
  });
  labelFoldAll();
}
