// <nav data-tabs> of links to sections with data-tab: only the section of the address is shown. Without scripts all are.
"use strict";

const tabLinks = [...document.querySelectorAll("[data-tabs] a")];
const tabPanels = [...document.querySelectorAll("[data-tab]")];

function showTab() {
  const wanted = location.hash.slice(1);
  const name = tabPanels.some((panel) => panel.id === wanted) ? wanted : tabPanels[0].id;
  for (const panel of tabPanels) panel.hidden = panel.id !== name;
  for (const link of tabLinks) {
    if (link.hash === `#${name}`) {
      link.setAttribute("aria-current", "true");
      const bar = link.parentElement; // on a phone it scrolls
      bar.scrollLeft = link.offsetLeft - bar.offsetLeft - bar.clientWidth / 2;
    } else link.removeAttribute("aria-current");
  }
  dispatchEvent(new CustomEvent("trainyard:tab", { detail: name }));
}

// The browser would jump to the section; the tabs stay where they are instead.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link || !tabPanels.some((panel) => `#${panel.id}` === link.hash)) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  showTab();
});
// A link that names a tab opens the page at its top, not at the section.
for (const panel of tabPanels) panel.style.scrollMarginTop = "100vh";
addEventListener("hashchange", showTab);
showTab();
