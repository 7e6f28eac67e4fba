// Nothing typed into the launch form is lost: until it is launched, it is kept for this tab, by the page's address and
// the person. The server draws a form that is restored, as any other; this script only keeps what would be sent.
"use strict";

const draftForm = document.getElementById("launch");

/** Session storage may be full or forbidden. */
const draftStore = {
  key: () => `launch ${draftForm.dataset.draft} ${location.pathname}${location.search}`,
  read() {
    try {
      return sessionStorage.getItem(this.key());
    } catch {
      return null;
    }
  },
  write(text) {
    try {
      sessionStorage.setItem(this.key(), text);
      return true;
    } catch {
      return false;
    }
  },
  clear() {
    try {
      sessionStorage.removeItem(this.key());
    } catch {
      // Nothing was kept.
    }
  },
};

/** What the form would send, without the token, which is the page's. */
function typedFields() {
  const fields = new URLSearchParams(new FormData(draftForm));
  fields.delete("csrfmiddlewaretoken");
  return fields;
}

/** Ask the server to draw the form with ``fields``; ``change`` says why. */
function drawAgain(fields, change) {
  const token = draftForm.querySelector("[name=csrfmiddlewaretoken]").value;
  const values = { csrfmiddlewaretoken: token, _change: change };
  for (const name of fields.keys()) values[name] = fields.getAll(name);
  // From the body of the page: from inside the form htmx would send its fields as well.
  htmx.ajax("POST", draftForm.dataset.url, {
    source: document.body, target: "#launch-body", swap: "outerHTML", values,
  });
}

let isUnsaved = false;

function keepDraft() {
  isUnsaved = !draftStore.write(typedFields().toString());
}

function sameButForTheRun(one, other) {
  const known = (fields) => [...new URLSearchParams(fields)].filter(([name]) => name !== "run-id").join("&");
  return known(one) === known(other);
}

function restoreDraft() {
  const kept = draftStore.read();
  if (!kept || !("fresh" in draftForm.dataset)) return;
  if (sameButForTheRun(kept, typedFields())) draftStore.clear();
  else drawAgain(new URLSearchParams(kept), "restore");
}

function ready() {
  delete draftForm.dataset.sent;
  const button = draftForm.querySelector("[data-launch-button]");
  if (button.dataset.label) button.textContent = button.dataset.label;
}

/** A second click while the first is on its way does nothing; the server would answer with the same run anyway. */
function sendOnce(event) {
  const button = event.submitter;
  isUnsaved = false;
  if (!button?.hasAttribute("data-launch-button")) return;
  if (draftForm.dataset.sent) event.preventDefault();
  draftForm.dataset.sent = "yes";
  button.dataset.label ??= button.textContent.trim();
  button.textContent = gettext("Launching …");
}

if (draftForm) {
  draftForm.addEventListener("input", keepDraft);
  draftForm.addEventListener("change", keepDraft);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "launch-body") keepDraft();
  });
  // The server answers with nothing when what is restored was launched; 404 when its experiment is gone.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target?.id === "launch-body" && [204, 404].includes(event.detail.xhr.status)) draftStore.clear();
  });
  // A person who is no longer signed in gets the sign-in page; what was typed is restored when they come back.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const address = event.detail.xhr.responseURL;
    if (!address || new URL(address).pathname.startsWith(draftForm.dataset.url)) return;
    event.detail.shouldSwap = false;
    location.reload();
  });
  draftForm.addEventListener("submit", sendOnce);
  draftForm.addEventListener("click", (event) => {
    if (!event.target.closest("[data-start-over]")) return;
    draftStore.clear();
    location.assign(location.href);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    const wasSent = draftForm.dataset.sent;
    ready();
    if (wasSent) drawAgain(typedFields(), "renew");
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
  restoreDraft();
}
