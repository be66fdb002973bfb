// A form of the desk: a refused one leads to its first fault, and nobody leaves one unsaved unasked.

const form = document.querySelector("#content-main form[method=post]");

if (form) {
  const fault = ".errors :is(input:not([type=hidden]), select, textarea), [aria-invalid=true]";
  window.addEventListener("load", () => form.querySelector(fault)?.focus()); // after Django's own

  let isChanged = Boolean(form.querySelector(".errornote")); // what was refused is not saved
  form.addEventListener("input", () => (isChanged = true));
  form.addEventListener("submit", () => (isChanged = false));
  window.addEventListener("beforeunload", (event) => isChanged && event.preventDefault());
}
