// Says beside an entry what it is worth while it is typed. What counts is what the server saves.

(() => {
  const PAUSE = 500; // milliseconds without a key, so that a screen reader is told once

  // The form row's field of that name, and whether it differs from what the page was opened with.
  const field = (output, name) => {
    const entry = output.closest(".inline-related") ?? output.form;
    return entry.querySelector(`[name$="-${name}"], [name="${name}"]`);
  };
  const changed = (input) => input.value !== input.defaultValue;

  const question = (output) => {
    const [amount, dated, rate] = ["amount", "dated", "rate"].map((name) => field(output, name));
    const pledge = document.getElementById("id_currency");
    const currency = (pledge?.value ?? output.dataset.currency).trim();
    if (!amount?.value || !dated?.value || currency.length !== 3) return null;
    const query = new URLSearchParams({ currency, amount: amount.value, dated: dated.value });
    // The server lets go of a rate of another day or currency, unless one is entered with it.
    const keeps = changed(rate) || !(changed(dated) || (pledge && changed(pledge)));
    if (rate.value && keeps) query.set("rate", rate.value);
    return query;
  };

  const tell = async (output) => {
    const query = question(output);
    const asked = query?.toString() ?? "";
    if (!query || output.asked === asked) return;
    output.asked = asked;
    const answer = await fetch(`${output.dataset.address}?${asked}`);
    if (!answer.ok || output.asked !== asked) return; // something else was typed meanwhile
    const { words, rate } = await answer.json();
    if (output.textContent !== words) output.textContent = words;
    field(output, "rate").placeholder = rate ?? "";
  };

  const waiting = new WeakMap();
  const later = (output) => {
    clearTimeout(waiting.get(output));
    waiting.set(output, setTimeout(tell, PAUSE, output));
  };

  const onTyping = ({ target }) => {
    const entry = target.closest(".inline-related, form");
    const touched = target.id === "id_currency" ? target.form : entry;
    touched?.querySelectorAll(".inline-related:not(.empty-form) output.value, fieldset > .form-row output.value")
      .forEach((output) => output.closest(".empty-form") ?? later(output));
  };
  for (const event of ["input", "change", "focusout"]) document.addEventListener(event, onTyping);
})();
