/* The switches of the design page, and its buttons that copy. */
(function () {
  "use strict";
  const sheet = document.querySelector("link[href*='look/print']");
  const paper = document.querySelector("[data-qc-paper]");
  paper?.addEventListener("click", () => {
    const on = sheet.media !== "all";
    sheet.media = on ? "all" : "print";
    paper.setAttribute("aria-pressed", String(on));
  });

  document.querySelectorAll("[data-qc-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      button.setAttribute("aria-pressed", "true");
    });
  });
})();
