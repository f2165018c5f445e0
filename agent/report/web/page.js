/**
 * Keeps the page current: changed sections are swapped in when the agent says that something changed, ages count on, and
 * when the agent can't be reached the page says since when. The page works without it.
 */

const silentAfterMs = 15_000;
const gatherMs = 150;
const ageEveryMs = 5_000;
const retryMs = 5_000;

const clockAheadMs = Date.now() - Number(document.body.dataset.now);
const offline = document.querySelector('#offline');
const live = document.querySelector('#live');
const news = document.querySelector('#news');

let heardAtMs = Date.now();
let following = false;
let fetching = false;
let wantedAgain = false;

// ---------------------------------------------------------------- ages

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

function lengthOf(ms) {
  const [name, size] = units.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(ms / size))} ${name}`;
}

/** Ages are told on the agent's clock, whatever this machine's clock says. */
function countOn() {
  const now = Date.now() - clockAheadMs;
  for (const element of document.querySelectorAll('time[data-age]')) {
    const distance = now - Date.parse(element.dateTime);
    const words = lengthOf(Math.abs(distance));
    element.textContent =
      element.dataset.age === 'for' ? words : distance < 0 ? `in ${words}` : `${words} ago`;
  }
}

// ---------------------------------------------------------------- swapping

/** What a part says, without the words of its ages and without what the reader has folded. */
function contentOf(part) {
  const copy = part.cloneNode(true);
  for (const age of copy.querySelectorAll('time[data-age]')) age.textContent = '';
  for (const fold of copy.querySelectorAll('details')) fold.removeAttribute('open');
  return copy.outerHTML;
}

/** Puts the parts of a newer page in place of those that differ; folds, focus and what is being typed stay. */
function swap(newer) {
  const main = document.querySelector('main');
  const parts = [...newer.querySelector('main').children];
  const ids = (list) => [...list].map(({ id }) => id).join(' ');
  if (ids(parts) !== ids(main.children)) {
    main.replaceChildren(...parts);
    return;
  }
  for (const part of parts) {
    const old = document.getElementById(part.id);
    if (old === null || contentOf(old) === contentOf(part) || isInUse(old)) continue;
    for (const fold of part.querySelectorAll('details[id]')) {
      const before = document.getElementById(fold.id);
      if (before !== null) fold.open = before.open;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(part);
    focusAgain(part, focused);
  }
}

/** While somebody types or selects, the part waits for the next change. */
function isInUse(part) {
  const selection = getSelection();
  const selecting = !selection.isCollapsed && part.contains(selection.anchorNode);
  const typing = document.activeElement?.tagName === 'INPUT' && part.contains(document.activeElement);
  return selecting || typing;
}

function focusAgain(part, focused) {
  if (focused === null) return;
  const same = [...part.querySelectorAll('a, summary')].find(
    (element) => element.tagName === focused.tagName && element.textContent === focused.textContent,
  );
  same?.focus({ preventScroll: true });
}

async function refresh() {
  if (fetching) {
    wantedAgain = true;
    return;
  }
  fetching = true;
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(silentAfterMs) });
    const newer = new DOMParser().parseFromString(await response.text(), 'text/html');
    document.title = newer.title;
    swap(newer);
    heard();
    countOn();
  } catch {
    lost();
  } finally {
    fetching = false;
    if (wantedAgain) {
      wantedAgain = false;
      setTimeout(refresh, gatherMs);
    }
  }
}

// ---------------------------------------------------------------- reachable or not

function heard() {
  heardAtMs = Date.now();
  offline.hidden = true;
  live.textContent = following ? 'Live: changes appear by themselves.' : 'Looked at every few seconds.';
}

function lost() {
  if (!offline.hidden) return;
  const since = new Date(heardAtMs).toLocaleTimeString();
  offline.textContent = `This agent can't be reached since ${since}. What you see is from then. Other agents of the region show the same page.`;
  offline.hidden = false;
  live.textContent = 'Not live.';
  document.title = `? ${document.title}`;
}

// ---------------------------------------------------------------- following

let gathering;

/** Changes come in bursts: one look for all of them. */
function soon() {
  clearTimeout(gathering);
  gathering = setTimeout(refresh, gatherMs);
}

function follow() {
  const events = new EventSource('/api/v1/events');
  events.addEventListener('hello', () => {
    // What changed while nobody followed is in the page that is fetched now.
    following = true;
    refresh();
  });
  events.addEventListener('alive', heard);
  events.addEventListener('picture', soon);
  events.addEventListener('verdict', ({ data }) => {
    const { service, report, message } = JSON.parse(data);
    news.textContent =
      report === undefined ? `${service} is gone` : `${service} is reported ${report}: ${message}`;
    soon();
  });
  events.addEventListener('error', () => {
    following = false;
    // A refused stream is not taken up again by the browser: from then on the page looks by itself.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, retryMs);
    refresh();
  });
}

follow();
setInterval(() => {
  countOn();
  if (Date.now() - heardAtMs > silentAfterMs) refresh();
}, ageEveryMs);
