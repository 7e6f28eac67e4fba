// What lies under the mouse in a chart, in words beside the curves instead of on top of them.
import { figureText, settingText } from "../common/words.js";

/** Plotly's points under the mouse as [{name, text, color}], highest first; what has a text of its own says just that. */
export function readoutRows(points) {
  const row = ({ data, y, text }) => (text ? { name: "", text, color: "" } : { name: data.name, text: figureText(y), color: data.line.color });
  const order = (point) => (point.text ? -Infinity : point.y);
  return [...points].sort((a, b) => order(b) - order(a)).map(row);
}

/** "Epoch 12", "34.5 s": the place of the mouse, by the title of the axis, which has a unit unless it counts epochs. */
export function placeText(x, title) {
  const unit = title.match(/[(（](.+)[)）]/)?.[1]; // a translated title may have wide brackets
  const place = settingText(x);
  return unit ? `${place} ${unit}` : interpolate(gettext("Epoch %(epoch)s"), { epoch: place }, true);
}

/** One run: a line for the head of its card. */
export function readoutLine(points, title) {
  return [placeText(points[0].x, title), ...readoutRows(points).map(({ name, text }) => `${name} ${text}`.trim())].join(" · ");
}

function swatch(color) {
  const dot = document.createElement("span");
  dot.className = "run-dot";
  dot.style.background = color || "none";
  return dot;
}

/** Several runs: a list at the side of the chart opposite the mouse. */
export function fillReadout(list, points, title, onTheRight) {
  const head = document.createElement("li");
  head.textContent = placeText(points[0].x, title);
  const rows = readoutRows(points).map(({ name, text, color }) => {
    const item = document.createElement("li");
    const value = document.createElement("b");
    value.textContent = text;
    item.append(swatch(color), name, value);
    return item;
  });
  list.replaceChildren(head, ...rows);
  list.classList.toggle("is-left", onTheRight);
  list.hidden = false;
}
