// A card with a title, a line of current values, a button to enlarge it, and room for a chart.

function element(name, className, more = {}) {
  return Object.assign(document.createElement(name), { className, ...more });
}

function newCard(root, id, title) {
  const card = element("figure", "card chart-card");
  card.dataset.panel = id;
  const header = document.createElement("header");
  header.append(element("h3", "", { textContent: title }), element("span", "chart-now"));
  card.append(header, element("div", "chart"));
  root.append(card);
  return card;
}

/** One chart at a time takes the whole width; Escape restores the layout. */
function makeEnlargeable(root, card, title, onResize) {
  const texts = { textContent: "⤢", title: gettext("Enlarge") };
  const button = element("button", "button-quiet button-small enlarge", { type: "button", ...texts });
  button.setAttribute("aria-label", interpolate(gettext("Enlarge %(title)s"), { title }, true));
  button.setAttribute("aria-pressed", "false");
  const set = (large) => {
    for (const other of root.querySelectorAll(".chart-card.is-large")) if (other !== card) other.querySelector(".enlarge").click();
    card.classList.toggle("is-large", large);
    button.setAttribute("aria-pressed", String(large));
    onResize();
  };
  button.addEventListener("click", () => {
    set(!card.classList.contains("is-large"));
    card.scrollIntoView({ block: "nearest" });
  });
  card.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !card.classList.contains("is-large")) return;
    event.stopPropagation();
    set(false);
    button.focus();
  });
  card.querySelector("header").append(button);
}

/** The card of chart `id` in `root`: the one that the server rendered, else a new one. */
export function chartCard(root, id, title, onResize = () => {}) {
  const card = root.querySelector(`[data-panel="${id}"]`) || newCard(root, id, title);
  const node = card.querySelector(".chart");
  const now = card.querySelector(".chart-now");
  const readout = element("ul", "chart-readout", { hidden: true });
  const note = element("p", "chart-note muted");
  const heading = card.querySelector("h3");
  heading.id = `chart-${id}-title`;
  now.id = `chart-${id}-now`;
  // Not an image: it holds buttons, and this names them.
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", interpolate(gettext("Chart: %(title)s"), { title }, true));
  card.setAttribute("aria-labelledby", heading.id);
  card.setAttribute("aria-describedby", now.id);
  readout.setAttribute("aria-hidden", "true");
  note.setAttribute("role", "status");
  card.append(readout, note);
  makeEnlargeable(root, card, title, onResize);
  return { card, node, now, readout, note };
}

/** Plotly's buttons say which chart they are of. */
export function nameButtons(node, title) {
  for (const button of node.querySelectorAll(".modebar-btn[data-title]")) button.setAttribute("aria-label", `${title}: ${button.dataset.title}`);
}
