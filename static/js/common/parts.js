// Parts of a page that the server renders again: <… data-part="name">, and elements with hx-swap="morph".
// What a person uses in them stays as it is until they leave it; the rest changes at once.
import { morph } from "./morph.js";

const LEAVING = ["focusout", "close", "toggle", "selectionchange"];
const waiting = new Map(); // element → what the server rendered last, not yet all of it shown
let timer = null;

function isSelected(node) {
  const selection = getSelection();
  return !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(node);
}

function isInUse(node) {
  const opened = node.nodeType === Node.ELEMENT_NODE && (node.matches("details[open]") || node.querySelector("details[open]"));
  return opened || node.contains(document.activeElement) || isSelected(node);
}

/** Nothing changes behind an open dialog, because the dialog refers to the state when it was opened. */
function show(old, fresh) {
  waiting.set(old, fresh);
  if (!document.querySelector("dialog[open]") && morph(old, fresh, isInUse)) waiting.delete(old);
}

function showCount({ dataset }) {
  const counter = document.querySelector(`[data-count="${dataset.part}"]`);
  if (counter && dataset.count !== undefined) counter.textContent = dataset.count;
}

/** What other scripts do to a page (times, dialogs), they do to its new parts too. */
function settle() {
  document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
}

function showWaiting() {
  for (const [old, fresh] of waiting) {
    if (old.isConnected) show(old, fresh);
    else waiting.delete(old);
  }
  settle();
}

export async function refreshParts(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const fresh of parsed.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
    if (old) show(old, fresh);
    showCount(fresh);
  }
  settle();
}

for (const type of LEAVING) {
  document.addEventListener(type, () => {
    clearTimeout(timer);
    if (waiting.size) timer = setTimeout(showWaiting, 50);
  }, true);
}

window.htmx?.defineExtension("parts", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    if (style !== "morph") return false;
    show(target, fragment.firstElementChild);
    return [target];
  },
});
