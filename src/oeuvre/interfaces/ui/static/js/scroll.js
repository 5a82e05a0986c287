// data-scroll-current: in a row of links that scrolls, brings the current one into view.
export function scrollCurrent(root) {
  for (const row of root.querySelectorAll("[data-scroll-current]")) {
    const link = row.querySelector("[aria-current]");
    if (link) row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.clientWidth) / 2;
  }
}
