// data-watch="address" data-watch-text="#id": writes the preview that the server sends ({"text"} of the event "preview")
// into the target, if there is one. When it is over ("done", "closed") or cannot be watched, the page is loaded again and says how it is.
const PATIENCE = 5;

function watch(place) {
  const target = place.dataset.watchText ? document.querySelector(place.dataset.watchText) : null;
  const source = new EventSource(place.dataset.watch);
  let failures = 0;
  const again = (wait) => { source.close(); setTimeout(() => location.reload(), wait); };
  source.addEventListener("preview", (event) => {
    failures = 0;
    if (target) target.textContent = JSON.parse(event.data).text;
  });
  source.addEventListener("done", () => again(0));
  source.addEventListener("closed", () => again(0));
  source.addEventListener("error", () => {
    failures += 1;
    if (source.readyState === EventSource.CLOSED || failures > PATIENCE) again(3000);
  });
}

export function watches(root) {
  for (const place of root.querySelectorAll("[data-watch]")) watch(place);
}
