// <form data-upload="address"> with fields for a file and a folder: sends what is chosen or dropped, and then opens the
// page of what was understood. A file that the team has already is recognised before anything is sent.
import { durationText } from "../common/words.js";
import { fingerprintOf } from "./fingerprint.js";
import { ofDrop, ofField } from "./parcels.js";
import { persistently, sendParts } from "./sending.js";

function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
}

class Upload {
  constructor(form) {
    this.form = form;
    this.token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    this.box = form.querySelector("[data-upload-progress]");
    this.bar = this.box.querySelector("progress");
    this.said = form.querySelector("[data-upload-said]");
    this.error = form.querySelector("[data-upload-error]");
    this.known = form.querySelector("[data-upload-known]");
    this.onWait = () => this.say(gettext("The connection is lost; trying again…"));
  }

  /** Send `parcel`, or what the promise of one gives; with `again` although the team has it. */
  async send(parcel, again = false) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error.hidden = this.known.hidden = true;
    this.box.hidden = false;
    this.bar.removeAttribute("value");
    try {
      await this.sendWhole(await parcel, again);
    } catch (error) {
      this.error.textContent = error.message;
      this.error.hidden = false;
      this.box.hidden = true;
    }
    this.isBusy = false;
  }

  async sendWhole(parcel, again) {
    if (!parcel.numFiles) throw new Error(gettext("There is no file in the folder. Choose another one."));
    const about = new FormData();
    about.set("name", parcel.name);
    about.set("size", parcel.size);
    about.set("fingerprint", await fingerprintOf(parcel));
    if (again) about.set("again", "1");
    const upload = await persistently(this.form.dataset.upload, about, this.token, this.onWait);
    if (upload.known) {
      this.offer(upload.known, parcel);
      return;
    }
    const begun = { at: performance.now(), received: upload.received };
    const onProgress = (received) => this.show(received, parcel.size, begun);
    const { token, onWait } = this;
    await sendParts(parcel, { url: upload.parts, received: upload.received, token, onWait, onProgress });
    location.assign(upload.page);
  }

  /** Say which dataset the file is already. */
  offer(known, parcel) {
    this.box.hidden = true;
    this.known.querySelector("[data-upload-known-said]").textContent = known.said;
    this.known.querySelector("a").href = known.page;
    this.known.querySelector("button").onclick = () => this.send(parcel, true);
    this.known.hidden = false;
  }

  say(text) {
    this.said.textContent = text;
  }

  show(received, size, begun) {
    const seconds = (performance.now() - begun.at) / 1000;
    const left = ((size - received) * seconds) / Math.max(received - begun.received, 1);
    this.bar.value = received / size;
    const values = { received: megabytes(received), size: megabytes(size), left: durationText(left) };
    this.say(interpolate(gettext("%(received)s of %(size)s MB, %(left)s left"), values, true));
  }

  showFound(count) {
    this.say(interpolate(gettext("%(count)s files found…"), { count: count.toLocaleString() }, true));
  }
}

for (const form of document.querySelectorAll("[data-upload]")) {
  const upload = new Upload(form);
  for (const field of form.querySelectorAll("input[type=file]")) {
    const sendChosen = () => {
      if (!field.files[0]) return;
      upload.send(ofField(field));
      field.value = ""; // the same file may be chosen again
    };
    field.addEventListener("change", sendChosen);
    sendChosen(); // a file may be chosen before this script is loaded
  }
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("is-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.items.length) upload.send(ofDrop(event.dataTransfer, (count) => upload.showFound(count)));
  });
}
