// <form data-examples>: choose examples by arrow keys and Space, and act on them by the keys that buttons name in data-key.
"use strict";

const REMEMBERED = "trainyard:example";

for (const form of document.querySelectorAll("form[data-examples]")) {
  const boxes = [...form.querySelectorAll("input[name=index]")];
  const count = form.querySelector("[data-chosen-count]");
  const words = count?.textContent;

  const at = () => boxes.indexOf(document.activeElement);
  const chosen = () => boxes.filter((box) => box.checked);
  const showCount = () => { if (count) count.textContent = `${words} ${chosen().length}`; };

  /** How many examples a row of the page has: those as high as the first. */
  function across() {
    const tops = boxes.map((box) => box.closest(".example").offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  }

  function move(steps) {
    const place = at() < 0 ? 0 : at() + steps;
    const box = boxes[Math.min(boxes.length - 1, Math.max(0, place))];
    box?.focus();
    box?.closest(".example").scrollIntoView({ block: "nearest" });
  }

  /** Act on the example in focus when none is chosen. */
  function act(element) {
    if (!chosen().length && at() >= 0) boxes[at()].checked = true;
    showCount();
    if (!chosen().length) return;
    if (element instanceof HTMLButtonElement) element.click();
    else element.focus();
  }

  function handle(key) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across(), ArrowDown: across() }[key];
    const element = form.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (steps) move(steps);
    else if (element) act(element);
    return Boolean(steps || element);
  }

  document.addEventListener("keydown", (event) => {
    const isTyping = /^(select|textarea)$/i.test(event.target.tagName) || (event.target.matches("input") && event.target.type !== "checkbox");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (handle(event.key)) event.preventDefault();
  });

  // Enter in the label relabels; afterwards the next example has the focus.
  form.querySelector("select[name=label]")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("change", showCount);
  form.addEventListener("submit", () => {
    const last = chosen().pop() ?? boxes[at()];
    if (last) sessionStorage.setItem(REMEMBERED, last.value);
  });

  const before = sessionStorage.getItem(REMEMBERED);
  sessionStorage.removeItem(REMEMBERED);
  const place = boxes.findIndex((box) => box.value === before);
  if (place >= 0) boxes[Math.min(boxes.length - 1, place + 1)].focus();
  showCount();
}
