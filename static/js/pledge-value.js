// Says beside an entry what it is worth while it is typed. What counts is what the server saves.

(() => {
  const PAUSE = 500; // milliseconds without a key, so that a screen reader is told once

  const field = (output, name) => {
    const entry = output.closest(".inline-related, form");
    return entry.querySelector(`[name$="-${name}"], [name="${name}"]`);
  };
  const changed = (input) => input.value !== input.defaultValue;

  // What to ask the server, or null while currency, amount or date are missing.
  const question = (output) => {
    const [amount, dated, rate] = ["amount", "dated", "rate"].map((name) => field(output, name));
    const pledge = document.querySelector("input#id_currency");
    const currency = (pledge?.value ?? output.dataset.currency).trim();
    if (!amount?.value || !dated?.value || currency.length !== 3) return null;
    const query = new URLSearchParams({ currency, amount: amount.value, dated: dated.value });
    // The server lets go of a rate of another day or currency, unless one is entered with it.
    const isKept = changed(rate) || !(changed(dated) || (pledge && changed(pledge)));
    if (rate.value && isKept) query.set("rate", rate.value);
    return query.toString();
  };

  const answer = async (address) => {
    try {
      const response = await fetch(address);
      return response.ok && !response.redirected ? await response.json() : null;
    } catch {
      return null; // the server is away: it will tell when the page is saved
    }
  };

  const tell = async (output) => {
    const asked = question(output);
    if (output.asked === asked) return;
    output.asked = asked;
    const told = asked ? await answer(`${output.dataset.address}?${asked}`) : {};
    if (!told || output.asked !== asked) return; // something else was typed meanwhile
    output.textContent = told.words ?? output.dataset.untold;
    field(output, "rate").placeholder = told.rate ?? "";
  };

  const waiting = new WeakMap();
  const onTyping = ({ target }) => {
    const touched = target.closest(target.id === "id_currency" ? "form" : ".inline-related, form");
    for (const output of touched?.querySelectorAll("output.value") ?? []) {
      if (output.closest(".empty-form")) continue;
      clearTimeout(waiting.get(output));
      waiting.set(output, setTimeout(tell, PAUSE, output));
    }
  };
  for (const event of ["input", "change", "focusout"]) document.addEventListener(event, onTyping);

  // A form that was refused comes back filled in, and its entries unsaved.
  document.addEventListener("DOMContentLoaded", () => {
    for (const output of document.querySelectorAll("output.value")) {
      if (output.textContent === output.dataset.untold && !output.closest(".empty-form")) tell(output);
    }
  });
})();
