// The launch form: problems that the preview found are written at their fields, without touching what is typed.
"use strict";

const launchForm = document.getElementById("launch");

/** {id of an error slot: text} of all fields that are wrong, as the preview says. */
function problemsOf(root) {
  const found = root.querySelector("[data-slots]");
  return found ? JSON.parse(found.dataset.slots) : {};
}

function showProblems(problems) {
  for (const slot of launchForm.querySelectorAll(".launch-form .field-error[id^='e-']")) {
    const text = problems[slot.id] || "";
    if (slot.textContent !== text) slot.textContent = text;
    slot.hidden = text === "";
    slot.closest(".field")?.classList.toggle("has-error", text !== "");
    const input = launchForm.querySelector(`[aria-describedby="${slot.id}"]`);
    if (text) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
    if (text) slot.closest("details.launch-more")?.setAttribute("open", "");
  }
}

/** Hints open to the side where there is room. */
function placeHint(hint) {
  const room = document.documentElement.clientWidth - hint.getBoundingClientRect().left;
  hint.classList.toggle("is-left", room < 280);
}

if (launchForm) {
  launchForm.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "launch-preview") showProblems(problemsOf(event.target));
  });
  // A second click while the first is on its way does nothing; the server would answer with the same run anyway.
  launchForm.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("data-launch-button")) return;
    if (launchForm.dataset.sent) event.preventDefault();
    launchForm.dataset.sent = "yes";
    event.submitter.textContent = "Launching …";
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
  launchForm.addEventListener("toggle", (event) => {
    if (event.target.matches("details.hint[open]")) placeHint(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    for (const hint of launchForm.querySelectorAll("details.hint[open]")) {
      if (!hint.contains(event.target)) hint.open = false;
    }
  });
  launchForm.addEventListener("keydown", (event) => {
    const hint = event.key === "Escape" && event.target.closest("details.hint[open]");
    if (hint) hint.open = false;
  });
}
