// <button data-open="id-of-dialog" hidden> opens it, <button data-close> in it closes it.
"use strict";

function revealOpeners() {
  for (const button of document.querySelectorAll("[data-open][hidden]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  event.target.closest("[data-close]")?.closest("dialog")?.close();
});
document.addEventListener("htmx:afterSettle", revealOpeners);
revealOpeners();
