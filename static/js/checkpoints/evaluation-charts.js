// <div data-figure="id-of-json-script">: draws a Plotly figure whose colours are names of design tokens.
import { onThemeChange, plot, readLook } from "../charts/plotting.js";

const holders = [...document.querySelectorAll("[data-figure]")];

/** A copy of `value` in which every "--token" is the colour that it has now. */
function coloured(value, look) {
  if (typeof value === "string") return value.startsWith("--") ? look.token(value) : value;
  if (Array.isArray(value)) return value.map((entry) => coloured(entry, look));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, coloured(entry, look)]));
}

function axis(given, look) {
  const lines = { gridcolor: look.line, zerolinecolor: look.line, linecolor: look.line, automargin: true };
  return { ...lines, ...given, title: { ...given.title, font: { size: 12, color: look.muted } } };
}

function draw(holder) {
  const look = readLook();
  const figure = coloured(JSON.parse(document.getElementById(holder.dataset.figure).textContent), look);
  const frame = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 56, r: 12, t: 8, b: 44 } };
  const font = { family: look.font, size: 12, color: look.ink };
  const axes = { xaxis: axis(figure.layout.xaxis, look), yaxis: axis(figure.layout.yaxis, look) };
  plot(holder, { data: figure.data, layout: { ...figure.layout, ...frame, font, ...axes } }, holder.dataset.figure);
}

const drawAll = () => holders.forEach(draw);
onThemeChange(drawAll);
drawAll();
