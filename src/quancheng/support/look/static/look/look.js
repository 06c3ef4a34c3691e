/* What every page needs a script for: the reader's modes and menus. Pages work without it. */
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
