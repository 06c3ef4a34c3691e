/* The palette (Ctrl-K), and the keys of the workbench. Everything they do, links and buttons do too. */
(function () {
  "use strict";
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], .djs-container, [role=textbox]");

  function palette(dialog) {
    const input = dialog.querySelector("input");
    const options = [...dialog.querySelectorAll("[role=option]")];
    const everything = dialog.querySelector("[data-qc-palette-search]");
    const said = dialog.querySelector("[role=status]");
    let chosen = null;
    let returnTo = null;
    const shown = () => options.filter((option) => !option.hidden);
    const choose = (option) => {
      chosen?.setAttribute("aria-selected", "false");
      chosen = option ?? null;
      chosen?.setAttribute("aria-selected", "true");
      chosen?.scrollIntoView({ block: "nearest" });
      if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const filter = () => {
      const text = input.value.trim();
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      options.forEach((option) => {
        const name = option.textContent.toLowerCase();
        option.hidden = option !== everything && !words.every((word) => name.includes(word));
      });
      if (everything) {
        everything.hidden = !text;
        everything.href = `${dialog.dataset.qcSearch}?q=${encodeURIComponent(text)}`;
        everything.querySelector("[data-qc-palette-text]").textContent = text;
      }
      const pages = shown().filter((option) => option !== everything).length;
      said.textContent = pages ? `${pages} ${said.dataset.qcCount}` : said.dataset.qcNone;
      choose(shown()[0]);
    };
    const open = () => {
      returnTo = document.activeElement;
      input.value = "";
      filter();
      dialog.showModal();
      input.focus();
    };
    input.addEventListener("input", filter);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const list = shown();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const end = event.ctrlKey && { Home: 0, End: list.length - 1 }[event.key];
      if (step && list.length) choose(list[(list.indexOf(chosen) + step + list.length) % list.length]);
      else if (typeof end === "number") choose(list[end]);
      else if (event.key === "Enter" && chosen) chosen.click();
      // A search field keeps the first Escape for itself; here it closes.
      else if (event.key === "Escape") dialog.close();
      else return;
      event.preventDefault();
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => returnTo?.focus());
    document.querySelectorAll("[data-qc-palette]").forEach((button) => button.addEventListener("click", open));
    return () => (dialog.open ? dialog.close() : open());
  }

  const paletteDialog = document.querySelector("[data-qc-palette-dialog]");
  const toggle = paletteDialog && palette(paletteDialog);
  const keys = document.querySelector("[data-qc-keys-dialog]");
  let keysReturn = null;
  keys?.addEventListener("close", () => keysReturn?.focus());
  const showKeys = () => {
    keysReturn = document.activeElement;
    keys.showModal();
  };
  document.querySelectorAll("[data-qc-keys]").forEach((button) => button.addEventListener("click", showKeys));

  // Rows of the list on this page: the link of a row is what the keys walk along.
  const links = () => [...document.querySelectorAll("[data-qc-rows] > tr")].map((row) => row.querySelector("a")).filter(Boolean);
  function walk(step) {
    const all = links();
    if (!all.length) return false;
    const here = all.indexOf(document.activeElement?.closest("tr")?.querySelector("a"));
    all[here < 0 ? 0 : Math.min(Math.max(here + step, 0), all.length - 1)].focus();
    return true;
  }
  function mark() {
    const box = document.activeElement?.closest("[data-qc-rows] > tr")?.querySelector("[type=checkbox]");
    box?.click();
    return Boolean(box);
  }
  function search() {
    const box = document.querySelector("[data-qc-list-search]");
    box?.focus();
    return Boolean(box);
  }

  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k" && toggle) {
      event.preventDefault();
      toggle();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
    const letter = event.key;
    let done = true;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const link = keys?.querySelector(`[data-qc-go="${CSS.escape(letter)}"]`);
      done = Boolean(link);
      link?.click();
    } else if (letter === "g" && keys) going = Date.now();
    else if (letter === "?" && keys) showKeys();
    else if (letter === "j") done = walk(1);
    else if (letter === "k") done = walk(-1);
    else if (letter === "x") done = mark();
    else if (letter === "/") done = search();
    else done = false;
    if (done) event.preventDefault();
  });
})();
