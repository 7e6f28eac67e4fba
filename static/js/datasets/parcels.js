// From what a person chose or dropped to one parcel: {name, size, slice(start, end)}. A file is sent as it is; folders
// and several files are sent as a tar.
import { Tar } from "./tar.js";

const isHidden = (path) => path.split("/").some((part) => part.startsWith("."));

const packed = (files, name) => {
  const shown = files.filter(({ path }) => !isHidden(path));
  const tar = new Tar(shown);
  return { name: `${name}.tar`, size: tar.size, numFiles: shown.length, slice: (start, end) => tar.slice(start, end) };
};

const single = (file) => ({
  name: file.name,
  size: file.size,
  numFiles: 1,
  slice: (start, end) => file.slice(start, end),
});

/** The parcel of a file field, which may be one for folders. */
export function ofField(field) {
  const files = [...field.files];
  if (!field.webkitdirectory) return single(files[0]);
  const folder = files[0].webkitRelativePath.split("/")[0];
  return packed(files.map((file) => ({ path: file.webkitRelativePath, file })), folder);
}

/** The parcel of a drop; `onFound` gets the number of files found so far. Call it while the event is handled. */
export async function ofDrop(transfer, onFound) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  if (entries.length === 1 && entries[0].isFile) return single(transfer.files[0]);
  const files = [];
  for (const entry of entries) {
    await collect(entry, files, onFound);
  }
  return packed(files, entries.length === 1 ? entries[0].name : "files");
}

async function collect(entry, files, onFound) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time in Chrome
    if (!some.length) break;
    for (const inner of some) await collect(inner, files, onFound);
    onFound(files.length);
  }
}
