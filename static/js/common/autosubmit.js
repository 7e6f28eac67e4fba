// <form data-autosubmit> is sent as soon as a choice in it changes; its [data-autosubmit-button] is for those without scripts.
"use strict";

for (const button of document.querySelectorAll("[data-autosubmit-button]")) button.hidden = true;

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosubmit]") && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
});
