// data-live="address" on <body>: while the page can be seen, hears from the server (server-sent events) how many messages wait
// ("unread" with {"count"}, written into data-unread-count, shown by data-unread) and that there is news ("news", passed on
// to <body>, where htmx listens). While the stream is down, a page with data-live-tail asks by itself every few seconds.
const POLL = 6000;
const RETRY = 30000;

function show(root, count) {
  for (const place of root.querySelectorAll("[data-unread]")) place.hidden = !count;
  for (const place of root.querySelectorAll("[data-unread-count]")) place.textContent = count;
}

const ask = (root) => window.htmx?.trigger(root.body, "news");

export function live(root) {
  const address = root.body.dataset.live;
  if (!address) return;
  let source = null;
  let again = 0;
  const isUp = () => source?.readyState === EventSource.OPEN;

  const close = () => { source?.close(); source = null; clearTimeout(again); };

  const open = () => {
    close();
    source = new EventSource(address);
    source.addEventListener("open", () => ask(root));
    source.addEventListener("news", () => ask(root));
    source.addEventListener("unread", (event) => show(root, JSON.parse(event.data).count));
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, RETRY);
    });
  };

  // A browser opens six connections to a host and no more; pages in the background must not hold them.
  root.addEventListener("visibilitychange", () => (root.hidden ? close() : open()));
  setInterval(() => { if (!root.hidden && !isUp() && root.querySelector("[data-live-tail]")) ask(root); }, POLL);
  if (!root.hidden) open();
}
