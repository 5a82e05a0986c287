// data-theme-toggle: switches at once and remembers it in the cookie that the server reads, so no page flashes.
export function theme(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-toggle]");
    if (!button) return;
    event.preventDefault();
    const html = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (html.dataset.theme || system) === "dark" ? "light" : "dark";
    html.dataset.theme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; SameSite=Lax`;
  });
}
