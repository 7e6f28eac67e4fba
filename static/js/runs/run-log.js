// The trainer's log: new lines at its end, following them, and only the serious ones if one likes.

const MOST = 3000; // lines kept in the page; the whole log is a link away
const RANK = { info: 0, warning: 1, error: 2 };

const list = document.querySelector("[data-log]");
const tools = document.querySelector("[data-log-tools]");
tools.hidden = false;

/** Of a "log" event, or of an "epoch" event, whose line the server wrote. */
function lineOf({ at, payload, line }) {
  const item = document.createElement("li");
  item.dataset.level = payload.level ?? "info";
  const time = document.createElement("time");
  time.dateTime = at;
  const text = document.createElement("span");
  text.textContent = line ?? payload.message;
  item.append(time, " ", text);
  return item;
}

/** In the reader's own time zone. */
function writeTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.textContent = moment.toLocaleTimeString(document.documentElement.lang);
    time.title = moment.toLocaleString(document.documentElement.lang);
  }
}

function filter(items = list.children) {
  const least = RANK[tools.elements.level.value];
  for (const item of items) item.hidden = RANK[item.dataset.level] < least;
}

/** Text that is being selected must neither scroll away nor be removed. */
function isSelecting() {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(list, true);
}

function follow() {
  if (isSelecting()) return;
  if (tools.elements.follow.checked) list.scrollTop = list.scrollHeight;
}

addEventListener("trainyard:log", (event) => {
  const fresh = document.createDocumentFragment();
  fresh.append(...event.detail.map(lineOf));
  writeTimes(fresh);
  filter(fresh.children);
  list.append(fresh);
  while (list.children.length > MOST && !isSelecting()) list.firstElementChild.remove();
  document.querySelector("[data-log-empty]").hidden = true;
  follow();
});

// Scrolling up stops following; scrolling to the end starts it again.
list.addEventListener("scroll", () => {
  tools.elements.follow.checked = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
});
tools.addEventListener("input", () => {
  filter();
  follow();
});
tools.addEventListener("submit", (event) => event.preventDefault());
addEventListener("trainyard:tab", follow);
writeTimes(list);
follow();
