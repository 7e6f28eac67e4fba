// Plotly, drawn in the colours of the theme in use.

const BUTTONS = [["toImage", "zoom2d", "pan2d", "autoScale2d"]];

/** The theme in use, as the tokens of tokens.css say it. */
export function readLook() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    ink: token("--ink"), muted: token("--ink-2"), paper: token("--paper-2"), line: token("--line"), bad: token("--bad"),
    font: getComputedStyle(document.body).fontFamily, token,
    // A finger on a chart scrolls the page.
    touch: matchMedia("(pointer: coarse)").matches,
  };
}

/** Call `redraw` when the person or the system changes between light and dark. */
export function onThemeChange(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

/** The plotting library is large: it comes beside the rest of the page, and charts wait for it. */
const plotly = new Promise((resolve) => {
  if (window.Plotly) resolve();
  document.querySelector("script[data-plotly]")?.addEventListener("load", resolve);
});

export async function plot(node, { data, layout }, name) {
  await plotly;
  const image = { format: "png", filename: name, scale: 2 };
  const config = { displaylogo: false, doubleClick: "autosize", responsive: true, displayModeBar: "hover", modeBarButtons: BUTTONS, toImageButtonOptions: image };
  return window.Plotly.react(node, data, layout, config);
}
