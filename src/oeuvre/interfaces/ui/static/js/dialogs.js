// data-dialog-open="id" opens a <dialog>; data-dialog-close inside it, or a click beside it, closes it. On a link, which htmx
// fills the dialog from, a click that asks for another tab or window gets one.
export function dialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    const elsewhere = opener?.href && (event.ctrlKey || event.metaKey || event.shiftKey);
    if (opener && !elsewhere) document.getElementById(opener.dataset.dialogOpen)?.showModal();
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
}
