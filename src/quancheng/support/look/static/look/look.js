/* What every page needs a script for: the reader's modes, menus, the palette. Pages work without it. */
(function () {
  "use strict";
  const root = document.documentElement;

  // The reader's choices live in cookies, so that the next page is already right when it arrives.
  function press(button) {
    const on = root.dataset[button.dataset.qcMode] === button.dataset.qcValue;
    button.setAttribute("aria-pressed", String(on));
  }
  const modes = document.querySelectorAll("[data-qc-mode]");
  modes.forEach((button) => {
    press(button);
    button.addEventListener("click", () => {
      const { qcMode: mode, qcValue: value } = button.dataset;
      const dark = mode === "theme" && !root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches;
      const on = root.dataset[mode] === value || dark;
      const next = on ? (mode === "theme" ? "light" : "") : value;
      if (next) root.dataset[mode] = next;
      else delete root.dataset[mode];
      document.cookie = `qc_${mode}=${next};path=/;max-age=${next ? 31536000 : 0};samesite=lax`;
      modes.forEach(press);
    });
  });

  // Menus under a button close on Escape and on a click elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-qc-dropdown][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-qc-dropdown][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // The menu of systems on a narrow screen.
  const menuButton = document.querySelector("[data-qc-menu]");
  if (menuButton) {
    const menu = document.getElementById(menuButton.getAttribute("aria-controls"));
    const veil = document.querySelector("[data-qc-menu-veil]");
    const show = (open) => {
      menu.classList.toggle("is-open", open);
      veil.hidden = !open;
      menuButton.setAttribute("aria-expanded", String(open));
      if (open) menu.querySelector("a")?.focus();
      else menuButton.focus();
    };
    menuButton.addEventListener("click", () => show(!menu.classList.contains("is-open")));
    veil.addEventListener("click", () => show(false));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.classList.contains("is-open")) show(false);
    });
  }

  // Ctrl-K: type part of a name, go.
  const palette = document.querySelector("[data-qc-palette-dialog]");
  if (palette) {
    const input = palette.querySelector("input");
    const rows = [...palette.querySelectorAll("li")];
    const none = palette.querySelector(".qc-palette__none");
    let chosen = null;
    const shown = () => rows.filter((row) => !row.hidden);
    const choose = (row) => {
      chosen?.querySelector("a").classList.remove("is-chosen");
      chosen = row ?? null;
      chosen?.querySelector("a").classList.add("is-chosen");
      chosen?.scrollIntoView({ block: "nearest" });
    };
    const filter = () => {
      const wanted = input.value.trim().toLowerCase();
      rows.forEach((row) => (row.hidden = !row.textContent.toLowerCase().includes(wanted)));
      none.hidden = shown().length > 0;
      choose(shown()[0]);
    };
    const open = () => {
      input.value = "";
      filter();
      palette.showModal();
      input.focus();
    };
    input.addEventListener("input", filter);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && shown().length) {
        event.preventDefault();
        const here = shown().indexOf(chosen);
        choose(shown()[(here + step + shown().length) % shown().length]);
      } else if (event.key === "Enter" && chosen) {
        event.preventDefault();
        location.href = chosen.querySelector("a").href;
      }
    });
    palette.addEventListener("click", (event) => {
      if (event.target === palette) palette.close();
    });
    document.querySelector("[data-qc-palette]")?.addEventListener("click", open);
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (palette.open) palette.close();
        else open();
      }
    });
  }

  // A button to print does nothing without a script, so that it is there only with one.
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  // What scrolls sideways must be reachable without a mouse.
  const reach = new ResizeObserver((entries) => {
    entries.forEach(({ target }) => {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    });
  });
  document.querySelectorAll(".qc-table-box").forEach((box) => reach.observe(box));

  // After a refused form the summary is what the reader must hear first.
  document.getElementById("errors")?.focus();
})();
