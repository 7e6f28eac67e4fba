// A folder as the bytes of an uncompressed tar, computed from names and sizes alone: any part of it can be made again
// after a lost connection, and no file is read before it is sent. The format is ustar with pax headers for what ustar
// cannot hold: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
const BLOCK = 512;
const LONGEST_NAME = 100;
const LARGEST_SIZE = 8 ** 11 - 1; // eleven octal digits
const CHECKSUM = { start: 148, end: 156 };

const utf8 = new TextEncoder();
const padded = (size) => Math.ceil(size / BLOCK) * BLOCK;

function block(name, size, type) {
  const bytes = new Uint8Array(BLOCK);
  const put = (text, start) => bytes.set(utf8.encode(text), start);
  bytes.set(name.slice(0, LONGEST_NAME), 0);
  put("0000644\0" + "0000000\0".repeat(2), 100); // mode, owner and group
  put(Math.min(size, LARGEST_SIZE).toString(8).padStart(11, "0") + "\0", 124);
  put("0".repeat(11) + "\0", 136); // no time: the same files always give the same bytes
  put(type, 156);
  put("ustar\x0000", 257);
  bytes.fill(32, CHECKSUM.start, CHECKSUM.end); // counts as blanks in the sum
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", CHECKSUM.start);
  return bytes;
}

/** "LENGTH key=value\n", where the length counts its own digits. */
function record(key, value) {
  const rest = utf8.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function extension(path, name, size) {
  const isPlain = name.length <= LONGEST_NAME && name.length === path.length;
  return utf8.encode((isPlain ? "" : record("path", path)) + (size > LARGEST_SIZE ? record("size", size) : ""));
}

/** What stands before the content of a file. */
function headOf({ path, file }) {
  const name = utf8.encode(path);
  const more = extension(path, name, file.size);
  if (!more.length) return block(name, file.size, "0");
  const head = new Uint8Array(BLOCK + padded(more.length) + BLOCK);
  head.set(block(utf8.encode("pax"), more.length, "x"));
  head.set(more, BLOCK);
  head.set(block(name, file.size, "0"), BLOCK + padded(more.length));
  return head;
}

function headLength({ path, file }) {
  const more = extension(path, utf8.encode(path), file.size).length;
  return more ? 2 * BLOCK + padded(more) : BLOCK;
}

export class Tar {
  /** `files` are {path, file} with a Blob each, in any order. */
  constructor(files) {
    this.files = files.toSorted((one, other) => (one.path < other.path ? -1 : Number(one.path > other.path)));
    this.starts = [];
    let end = 0;
    for (const entry of this.files) {
      this.starts.push(end);
      end += headLength(entry) + padded(entry.file.size);
    }
    this.starts.push(end);
    this.size = end + 2 * BLOCK; // two empty blocks end a tar
  }

  /** The bytes from `start` to before `end`, as a Blob. */
  slice(start, end) {
    const last = Math.min(end, this.size);
    const pieces = [];
    let at = start;
    for (let index = this.indexAt(start); index < this.files.length && at < last; index++) {
      const next = Math.min(this.starts[index + 1], last);
      pieces.push(...this.piecesOf(index, at - this.starts[index], next - this.starts[index]));
      at = next;
    }
    pieces.push(new Uint8Array(Math.max(last - at, 0)));
    return new Blob(pieces);
  }

  /** The bytes of one file with its head and padding, counted from where its head begins. */
  piecesOf(index, from, to) {
    const { file } = this.files[index];
    const head = headOf(this.files[index]);
    const [begin, end] = [Math.max(from - head.length, 0), Math.min(Math.max(to - head.length, 0), file.size)];
    const padding = to - Math.max(from, head.length + file.size);
    return [head.slice(from, to), file.slice(begin, end), new Uint8Array(Math.max(padding, 0))];
  }

  /** The last file that begins at or before the byte `at`. */
  indexAt(at) {
    let [low, high] = [0, this.files.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
