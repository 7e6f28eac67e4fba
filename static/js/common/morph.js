// Makes a piece of a page equal to what the server renders now. Nodes that stay the same stay the same nodes, so that
// focus, selections, scrolling and what was typed or opened survive; nodes that `inUse` names are left for later.

// What makes a node the same one as before, wherever it stands among its siblings.
const KEYS = ["id", "data-key", "data-part", "data-open", "action", "formaction", "href", "name"];
// The browser and the page's scripts set these.
const KEPT = { open: "details, dialog", hidden: "[data-open], [data-eye]" };

function keyOf(node) {
  const name = node.nodeType === Node.ELEMENT_NODE && KEYS.find((key) => node.getAttribute(key));
  return name ? `${node.nodeName} ${name} ${node.getAttribute(name)}` : node.nodeName;
}

/** Content that scripts write: live figures, and times that grow older. */
function isScripted(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) return false;
  return old.matches("[data-scripted]") || (old.matches("time[data-ago]") && old.dateTime === fresh.dateTime);
}

function morphAttributes(old, fresh) {
  const isKept = (name) => KEPT[name] && old.matches(KEPT[name]);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !isKept(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) === value || isKept(name)) continue;
    old.setAttribute(name, value);
    // A changed default replaces what was typed, but never while the person edits it.
    if (name === "value" && old.nodeName === "INPUT" && old !== document.activeElement) old.value = value;
  }
}

function byKey(nodes) {
  const found = new Map();
  for (const node of nodes) found.set(keyOf(node), [...(found.get(keyOf(node)) || []), node]);
  return found;
}

function morphChildren(old, fresh, inUse) {
  const known = byKey(old.childNodes);
  const pairs = [...fresh.childNodes].map((child) => [known.get(keyOf(child))?.shift(), child]);
  const surplus = [...known.values()].flat();
  for (const node of surplus) if (!inUse(node)) node.remove();
  let complete = surplus.every((node) => !node.isConnected);
  let place = old.firstChild;
  for (const [mine, child] of pairs) {
    // A node that is moved loses focus and selection: where it is in use, its neighbours move instead.
    while (mine && place !== mine && inUse(mine)) {
      const next = place.nextSibling;
      old.append(place);
      place = next;
    }
    if (mine && mine === place) place = place.nextSibling;
    else old.insertBefore(mine || document.importNode(child, true), place);
    if (mine) complete = morph(mine, child, inUse) && complete;
  }
  return complete;
}

/** Returns whether all of it could be changed; `inUse(node)` says whether a person uses a node or something in it. */
export function morph(old, fresh, inUse = () => false) {
  if (old.isEqualNode(fresh) || isScripted(old, fresh)) return true;
  if (old.nodeType === Node.ELEMENT_NODE) {
    morphAttributes(old, fresh);
    return morphChildren(old, fresh, inUse);
  }
  if (inUse(old)) return false;
  old.data = fresh.data;
  return true;
}
