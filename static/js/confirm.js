// <form data-confirm="Delete run 7?" data-confirm-button="Delete"> asks before it is sent. Without scripts it is sent.
"use strict";

const confirmDialog = document.getElementById("confirm-dialog");
const agreed = new WeakSet();

function ask(form, submitter) {
  const danger = submitter?.classList.contains("button-danger");
  const go = confirmDialog.querySelector("[data-confirm-go]");
  confirmDialog.querySelector("#confirm-text").textContent = form.dataset.confirm;
  go.textContent = form.dataset.confirmButton || submitter?.textContent.trim() || "Continue";
  go.className = danger ? "button-danger" : "button-primary";
  confirmDialog.returnValue = "cancel";
  confirmDialog.onclose = () => {
    if (confirmDialog.returnValue !== "go") return;
    agreed.add(form);
    form.requestSubmit(submitter?.form === form ? submitter : undefined);
  };
  confirmDialog.showModal();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-confirm]");
  if (!form || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(form, event.submitter);
}, true);
