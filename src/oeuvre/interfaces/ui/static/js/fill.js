// data-fill="#id" data-fill-text="…" on a link: puts the text into the field instead of following the link.
export function fills(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-fill]");
    if (!link) return;
    event.preventDefault();
    const field = document.querySelector(link.dataset.fill);
    field.value = link.dataset.fillText;
    field.focus();
  });
}
