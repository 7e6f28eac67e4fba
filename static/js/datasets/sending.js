// Sends a parcel in parts, in order, and resumes after a lost connection: the server says how much of it is there.
const PART_BYTES = 1_500_000; // the server accepts 2 MB at a time
const RETRY_MILLISECONDS = 2000;

export class Refused extends Error {}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function post(url, body, token) {
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
  const said = await answer.json().catch(() => ({}));
  // A redirect leads to the sign-in page.
  if ((answer.ok && !answer.redirected) || answer.status === 409) return said;
  if (answer.status >= 500 || answer.status === 408) throw new Error(said.error);
  throw new Refused(said.error || gettext("The file was refused. Reload the page and try again."));
}

/** Post until the server answers; a refusal ends it. */
export async function persistently(url, body, token, onWait) {
  for (;;) {
    try {
      return await post(url, body, token);
    } catch (error) {
      if (error instanceof Refused) throw error;
      onWait();
      await pause(RETRY_MILLISECONDS);
    }
  }
}

/** Reading before sending tells a file that has changed from a connection that is lost. */
async function read(parcel, start) {
  try {
    return await parcel.slice(start, start + PART_BYTES).arrayBuffer();
  } catch {
    throw new Refused(gettext("A file has changed or can no longer be read. Choose it again."));
  }
}

/** Send what is missing of `parcel` beyond `received` bytes; `onProgress` gets how much has arrived. */
export async function sendParts(parcel, { url, received, token, onWait, onProgress }) {
  let arrived = received;
  while (arrived < parcel.size) {
    const part = await read(parcel, arrived);
    ({ received: arrived } = await persistently(`${url}?offset=${arrived}`, part, token, onWait));
    onProgress(arrived);
  }
}
