// What the site recognises a file by before it is sent: webapp/datasets/recognising.py computes the same.
const EDGE = 2 ** 20;

/** SHA-256 over size, beginning, middle and end, in hexadecimal; "" where the browser has no such function. */
export async function fingerprintOf(parcel) {
  if (!globalThis.crypto?.subtle) return ""; // without TLS, browsers have it on localhost alone
  const { size } = parcel;
  const middle = Math.floor((size - EDGE) / 2);
  const ranges = size <= 3 * EDGE ? [[0, size]] : [[0, EDGE], [middle, middle + EDGE], [size - EDGE, size]];
  const content = new Blob([`${size}\n`, ...ranges.map(([start, end]) => parcel.slice(start, end))]);
  const digest = await crypto.subtle.digest("SHA-256", await content.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
