// Light, dark or as the system: changed at once, remembered in the cookie that the server reads before it paints.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  for (const button of document.querySelectorAll("[data-theme-switch] button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  announce();
});

// Charts read their colours again when they hear this.
function announce() {
  document.dispatchEvent(new CustomEvent("theme:change"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
