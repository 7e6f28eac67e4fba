// <form data-upload="address"> with a file field: sends the file in parts, goes on after a lost connection, and then
// opens the page of what was understood. The server says how much of the file is there already.
import { durationText } from "../common/words.js";

const PART_BYTES = 1_500_000; // the server accepts 2 MB at a time
const RETRY_MILLISECONDS = 2000;

class Refused extends Error {}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function post(url, body, token) {
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
  const said = await answer.json().catch(() => ({}));
  // A redirect leads to the sign-in page.
  if ((answer.ok && !answer.redirected) || answer.status === 409) return said;
  if (answer.status >= 500 || answer.status === 408) throw new Error(said.error);
  throw new Refused(said.error || gettext("The file was refused. Reload the page and try again."));
}

/** Call `send` until the server answers; a refusal ends it. */
async function persistently(send, onWait) {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Refused) throw error;
      onWait();
      await pause(RETRY_MILLISECONDS);
    }
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
}

class Upload {
  constructor(form) {
    this.form = form;
    this.token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    this.box = form.querySelector("[data-upload-progress]");
    this.said = form.querySelector("[data-upload-said]");
    this.error = form.querySelector("[data-upload-error]");
  }

  async send(file) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error.hidden = true;
    this.box.hidden = false;
    try {
      await this.sendParts(file);
    } catch (error) {
      this.error.textContent = error.message;
      this.error.hidden = false;
      this.box.hidden = true;
    }
    this.isBusy = false;
  }

  async sendParts(file) {
    const about = new FormData();
    about.set("name", file.name);
    about.set("size", file.size);
    const onWait = () => (this.said.textContent = gettext("The connection is lost; trying again…"));
    const upload = await persistently(() => post(this.form.dataset.upload, about, this.token), onWait);
    const begun = { at: performance.now(), received: upload.received };
    let { received } = upload;
    while (received < file.size) {
      const part = file.slice(received, received + PART_BYTES);
      const answer = await persistently(() => post(`${upload.parts}?offset=${received}`, part, this.token), onWait);
      received = answer.received;
      this.show(received, file.size, begun);
    }
    location.assign(upload.page);
  }

  show(received, size, begun) {
    const seconds = (performance.now() - begun.at) / 1000;
    const left = ((size - received) * seconds) / Math.max(received - begun.received, 1);
    this.box.querySelector("progress").value = received / size;
    const values = { received: megabytes(received), size: megabytes(size), left: durationText(left) };
    this.said.textContent = interpolate(gettext("%(received)s of %(size)s MB, %(left)s left"), values, true);
  }
}

for (const form of document.querySelectorAll("[data-upload]")) {
  const upload = new Upload(form);
  const field = form.querySelector("input[type=file]");
  field.addEventListener("change", () => field.files[0] && upload.send(field.files[0]));
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("is-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) upload.send(event.dataTransfer.files[0]);
  });
}
