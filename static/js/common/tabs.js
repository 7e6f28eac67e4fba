// <nav data-tabs> of links to sections with data-tab: only the section of the address is shown. Without scripts all are.
"use strict";

const tabBar = document.querySelector("[data-tabs]");
const tabLinks = [...tabBar.querySelectorAll("a")];
const tabPanels = [...document.querySelectorAll("[data-tab]")];
let shownTab = null;

/** The roles of https://www.w3.org/WAI/ARIA/apg/patterns/tabs/; without scripts these are links. */
function becomeTabs() {
  tabBar.setAttribute("role", "tablist");
  for (const link of tabLinks) {
    const panel = document.querySelector(link.hash);
    link.setAttribute("role", "tab");
    link.id = `tab-${panel.id}`;
    link.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", link.id);
    // A link that names a tab opens the page at its top, not at the section.
    panel.style.scrollMarginTop = "100vh";
  }
}

function markTab(link, isShown) {
  link.setAttribute("aria-selected", String(isShown));
  link.tabIndex = isShown ? 0 : -1;
  if (isShown) tabBar.scrollLeft = link.offsetLeft - tabBar.offsetLeft - (tabBar.clientWidth - link.offsetWidth) / 2;
}

function showTab() {
  const wanted = location.hash.slice(1);
  const name = tabPanels.some((panel) => panel.id === wanted) ? wanted : tabPanels[0].id;
  if (name === shownTab) return;
  shownTab = name;
  for (const panel of tabPanels) panel.hidden = panel.id !== name;
  for (const link of tabLinks) markTab(link, link.hash === `#${name}`);
  dispatchEvent(new CustomEvent("trainyard:tab", { detail: name }));
}

/** Back returns to the tab before; walking along the tabs with arrows counts as one step. */
function chooseTab(hash, walking = false) {
  if (hash === `#${shownTab}`) return;
  const method = walking && history.state?.walking ? "replaceState" : "pushState";
  history[method]({ walking }, "", hash);
  showTab();
}

// The browser would jump to the section; the tabs stay where they are instead.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link || !tabPanels.some((panel) => `#${panel.id}` === link.hash)) return;
  event.preventDefault();
  chooseTab(link.hash);
});

tabBar.addEventListener("keydown", (event) => {
  const at = tabLinks.indexOf(document.activeElement);
  const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
  if (at < 0 || places[event.key] === undefined) return;
  event.preventDefault();
  const link = tabLinks.at(places[event.key] % tabLinks.length);
  chooseTab(link.hash, true);
  link.focus({ preventScroll: true });
});

// Keys 1 to 9 (keys.js) open the tabs in their order.
addEventListener("trainyard:nth-tab", ({ detail }) => tabLinks[detail - 1] && chooseTab(tabLinks[detail - 1].hash));
addEventListener("popstate", showTab);
addEventListener("hashchange", showTab);
becomeTabs();
showTab();
