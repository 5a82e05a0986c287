// data-drop: files dropped anywhere on it go to the file input inside, and are listed in data-drop-files.
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`);

function list(zone, files) {
  const target = zone.querySelector("[data-drop-files]");
  const rows = [...files].slice(0, 50).map((file) => {
    const row = document.createElement("li");
    const name = document.createElement("span");
    const weight = document.createElement("span");
    name.textContent = file.webkitRelativePath || file.name;
    weight.textContent = size(file.size);
    row.append(name, weight);
    return row;
  });
  if (files.length > rows.length) {
    const more = document.createElement("li");
    more.textContent = `+ ${files.length - rows.length}`;
    rows.push(more);
  }
  target.replaceChildren(...rows);
}

export function dropZones(root) {
  root.addEventListener("change", (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (zone && event.target.type === "file") list(zone, event.target.files);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    root.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("drop--over", kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      const input = zone.querySelector('input[type="file"]');
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
