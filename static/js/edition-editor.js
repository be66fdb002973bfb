// The editor of a statement's text: without this file the buttons do the same, one by one.
// The preview follows the typing, a finding leads to its place, a chosen link goes to the caret.

const editor = document.getElementById("editor");
const form = editor.closest("form");
const source = document.getElementById("id_markdown");
const reader = editor.querySelector("iframe.reader");
const status = document.getElementById("editor-status");
const caret = document.getElementById("editor-caret");
const PAUSE = 600; // milliseconds without a key before the preview is asked for
let waiting, asked;

function linesBefore(offset) {
  return source.value.slice(0, offset).split("\n");
}

function showCaret() {
  const lines = linesBefore(source.selectionStart);
  caret.textContent = editor.dataset.place
    .replace("{line}", lines.length)
    .replace("{column}", lines.at(-1).length + 1);
}

// Leave the focus before the browser measures, so that the place scrolls into sight.
function goTo(line, column) {
  const lines = source.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  const end = start + source.value.slice(start).match(/^\S*/)[0].length;
  source.blur();
  source.setSelectionRange(start, start);
  source.focus();
  source.setSelectionRange(start, end);
  showCaret();
}

function insert(markdown) {
  source.focus();
  // The only way that leaves the browser's undo intact.
  if (!document.execCommand("insertText", false, markdown)) {
    source.setRangeText(markdown, source.selectionStart, source.selectionEnd, "end");
    source.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// A screen reader says it again only when it is new.
function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const found = page.getElementById("findings");
  const main = reader.contentDocument?.getElementById("main");
  if (!found || !main) throw new Error("not a preview");
  for (const place of found.querySelectorAll("[data-place]")) {
    const link = document.createElement("a");
    link.href = "#id_markdown";
    [link.dataset.line, link.dataset.column] = place.dataset.place.split(" ");
    link.append(...place.childNodes);
    place.replaceWith(link);
  }
  const shown = document.getElementById("findings");
  const wasOpen = shown.querySelector("details")?.open;
  const fresh = document.adoptNode(found);
  if (wasOpen && fresh.querySelector("details")) fresh.querySelector("details").open = true;
  shown.replaceWith(fresh);
  main.replaceWith(reader.contentDocument.adoptNode(page.getElementById("main"))); // less its findings
  say(`${editor.dataset.fresh} ${fresh.querySelector(".findings-summary").textContent}`);
}

async function preview() {
  asked?.abort();
  asked = new AbortController();
  const answer = { method: "POST", body: new FormData(form), signal: asked.signal };
  try {
    const response = await fetch(editor.dataset.preview, answer);
    if (!response.ok || response.redirected) throw new Error(response.status);
    show(await response.text());
  } catch (error) {
    if (error.name !== "AbortError") say(editor.dataset.lost);
  }
}

function previewSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(preview, PAUSE);
}

function offerInsertion(frame) {
  for (const button of frame.contentDocument?.querySelectorAll("[data-insert]") ?? []) {
    button.hidden = false;
    button.addEventListener("click", () => insert(button.dataset.insert));
  }
}

if (source) {
  const chooser = document.querySelector("#chooser iframe");
  chooser.addEventListener("load", () => offerInsertion(chooser));
  offerInsertion(chooser);

  form.addEventListener("input", previewSoon);
  for (const moved of ["keyup", "click", "input"]) source.addEventListener(moved, showCaret);
  caret.hidden = false;
  showCaret();

  editor.addEventListener("click", (event) => {
    const place = event.target.closest("[data-line]");
    if (!place) return;
    event.preventDefault();
    goTo(Number(place.dataset.line), Number(place.dataset.column));
  });
  document.getElementById("editor-preview").addEventListener("click", (event) => {
    event.preventDefault();
    preview();
  });
  // The findings stand beside the text; in the preview they are for those without this file.
  const tidy = () => reader.contentDocument?.getElementById("findings")?.remove();
  reader.addEventListener("load", tidy);
  tidy();

  // A text that was refused stands in the form, and nowhere else.
  if (form.querySelector(".errornote")) {
    if (reader.contentDocument?.getElementById("main")) preview();
    else reader.addEventListener("load", preview, { once: true });
  }
}
