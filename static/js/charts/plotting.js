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

/** The words and dates of the page's language, for the parts of a chart that Plotly writes itself. */
function registerLocale() {
  const name = document.documentElement.lang;
  const names = (options, dates) => dates.map((date) => new Intl.DateTimeFormat(name, options).format(date));
  const months = Array.from({ length: 12 }, (_, month) => new Date(2024, month, 1));
  const days = Array.from({ length: 7 }, (_, day) => new Date(2024, 8, 1 + day)); // 1 September 2024 was a Sunday
  const dictionary = {
    Autoscale: gettext("Autoscale"),
    "Double-click to zoom back out": gettext("Double-click to zoom back out"),
    "Download plot as a PNG": gettext("Download plot as a PNG"),
    Pan: gettext("Pan"),
    "Snapshot succeeded": gettext("Snapshot succeeded"),
    "Taking snapshot - this may take a few seconds": gettext("Taking snapshot - this may take a few seconds"),
    Zoom: gettext("Zoom"),
  };
  const format = {
    days: names({ weekday: "long" }, days), shortDays: names({ weekday: "short" }, days),
    months: names({ month: "long" }, months), shortMonths: names({ month: "short" }, months),
  };
  window.Plotly.register({ moduleType: "locale", name, dictionary, format });
}

/** The plotting library is large: it comes beside the rest of the page, and charts wait for it. */
const plotly = new Promise((resolve) => {
  if (window.Plotly) resolve();
  document.querySelector("script[data-plotly]")?.addEventListener("load", resolve);
}).then(registerLocale);

export async function plot(node, { data, layout }, name) {
  await plotly;
  const image = { format: "png", filename: name, scale: 2 };
  const locale = document.documentElement.lang;
  const config = { locale, displaylogo: false, doubleClick: "autosize", responsive: true, displayModeBar: "hover", modeBarButtons: BUTTONS, toImageButtonOptions: image };
  return window.Plotly.react(node, data, layout, config);
}
