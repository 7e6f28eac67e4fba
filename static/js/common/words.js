// Numbers as people read them; webapp/ui/filters.py writes the same.

const DIGITS = 4;
const [SMALL, LARGE] = [1e-4, 1e9];
const NOT_FINITE = { NaN: "NaN", Infinity: "∞", "-Infinity": "−∞" };

/** A measured number in four significant digits: 0.9712, 0.9700, 1.200e−5, 13,400; NaN and infinity by name. */
export function figureText(value) {
  if (value === null || value === undefined) return "–";
  const number = Number(value);
  if (!Number.isFinite(number)) return NOT_FINITE[number];
  if (number === 0) return "0";
  const size = Math.abs(number);
  if (size < SMALL || size >= LARGE) return number.toExponential(DIGITS - 1).replace("e+", "e").replaceAll("-", "−");
  const exponent = Number(number.toExponential().split("e")[1]);
  const [whole, decimals] = number.toFixed(Math.max(DIGITS - 1 - exponent, 0)).split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...(decimals ? [decimals] : [])].join(".").replace("-", "−");
}

/** A chosen value: 0.05, not 0.05000. */
export function settingText(value) {
  return figureText(value).replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

/** "4 s", "3 min 12 s", "5 h 03 min", "2 d 4 h". */
export function durationText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}
