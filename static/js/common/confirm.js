// <form data-confirm="Delete run 7?" data-confirm-button="Delete"> asks before it is sent. Without scripts it is sent.
"use strict";

const confirmDialog = document.getElementById("confirm-dialog");
const agreed = new WeakSet();

/** The form as it is in the page now: while the question was open, the page may have been redrawn. */
function presentForm(form) {
  if (form.isConnected) return form;
  const twin = document.querySelector(`form[data-confirm][action="${CSS.escape(form.getAttribute("action"))}"]`);
  if (twin) return twin;
  // Its button makes no sense any more; the server says why.
  form.hidden = true;
  document.body.append(form);
  return form;
}

function send(form, submitter) {
  const present = presentForm(form);
  const isTwin = (button) => button.type === "submit" && button.name === submitter?.name && button.value === submitter?.value;
  agreed.add(present);
  present.requestSubmit(submitter?.form === present ? submitter : [...present.elements].find(isTwin));
}

function ask(form, submitter) {
  const danger = submitter?.classList.contains("button-danger");
  const go = confirmDialog.querySelector("[data-confirm-go]");
  confirmDialog.querySelector("#confirm-text").textContent = form.dataset.confirm;
  go.textContent = form.dataset.confirmButton || submitter?.textContent.trim() || gettext("Continue");
  go.className = danger ? "button-danger" : "button-primary";
  confirmDialog.returnValue = "cancel";
  confirmDialog.onclose = () => {
    if (confirmDialog.returnValue === "go") send(form, submitter);
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
