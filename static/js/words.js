// Numbers as people read them.

/** Four significant digits: 0.9712, 1.2e-5, 13,400; NaN and Infinity by name. */
export function figureText(value) {
  if (value === null || value === undefined) return "–";
  const number = Number(value);
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "NaN" : number > 0 ? "∞" : "−∞";
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return number.toExponential(2).replace("e+", "e").replace("-", "−");
  if (size >= 1000) return Math.round(number).toLocaleString("en-GB");
  return String(Number(number.toPrecision(4))).replace("-", "−");
}

/** "4 s", "3 min 12 s", "5 h 03 min", "2 d 4 h". */
export function durationText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}
