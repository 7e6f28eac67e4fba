// Parts of a page that the server renders again: <… data-part="name"> takes the place of the one of that name.

/** A part that somebody is using now is left alone until the next time. */
function isInUse(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches("input, select, textarea");
}

function keepOpen(old, fresh) {
  for (const details of old.querySelectorAll("details[open][data-keep]")) {
    const twin = fresh.querySelector(`details[data-keep="${details.dataset.keep}"]`);
    if (twin) twin.open = true;
  }
}

export async function refreshParts(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const fresh of parsed.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
    if (!old || isInUse(old) || old.outerHTML === fresh.outerHTML) continue;
    keepOpen(old, fresh);
    old.replaceWith(fresh);
    const counter = document.querySelector(`[data-count="${fresh.dataset.part}"]`);
    if (counter && fresh.dataset.count !== undefined) counter.textContent = fresh.dataset.count;
  }
  // What other scripts do to a page (times, dialogs), they do to its new parts too.
  document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
}
