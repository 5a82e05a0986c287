// <form data-stream data-stream-target="#id">: posts itself and writes the server-sent events of the answer into the
// target. Events: the default one with {"text"} is appended; "done" with {"url"} goes there or with {"html"} replaces
// data-stream-after; "error" with {"message"} is shown. Without JavaScript the form posts like any other.
function* events(buffer) {
  for (const block of buffer.split("\n\n")) {
    const event = { name: "message", data: "" };
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) event.name = line.slice(6).trim();
      if (line.startsWith("data:")) event.data += line.slice(5).trim();
    }
    if (event.data) yield { name: event.name, data: JSON.parse(event.data) };
  }
}

function show(form, target, { name, data }) {
  if (name === "message") target.append(data.text);
  if (name === "error") fail(form, data.message);
  if (name === "done" && data.url) location.assign(data.url);
  if (name === "done" && data.html) {
    const after = document.querySelector(form.dataset.streamAfter);
    after.innerHTML = data.html;
    window.htmx?.process(after);
  }
}

function fail(form, message) {
  const alert = form.querySelector("[data-stream-error]");
  alert.textContent = message;
  alert.hidden = false;
}

async function run(form) {
  const target = document.querySelector(form.dataset.streamTarget);
  const button = form.querySelector('[type="submit"]');
  const error = form.querySelector("[data-stream-error]");
  const body = new FormData(form);
  if (error) error.hidden = true;
  target.replaceChildren();
  target.hidden = false;
  target.dataset.streaming = "";
  target.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/event-stream" } });
    if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
      if (answer.redirected) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return fail(form, page.querySelector("[data-error-message]")?.textContent || answer.statusText);
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      rest += part.value.replaceAll("\r", "");
      const end = rest.lastIndexOf("\n\n");
      if (end < 0) continue;
      for (const event of events(rest.slice(0, end))) show(form, target, event);
      rest = rest.slice(end + 2);
    }
  } catch (problem) {
    fail(form, problem.message);
  } finally {
    delete target.dataset.streaming;
    target.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

export function streams(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-stream]");
    if (!form) return;
    event.preventDefault();
    run(form);
  });
}
