/* Brings a form up to date when an answer changes which questions fit: asks the server, which alone knows the conditions.
   Without this script the button in [data-eform-refresh] does the same. */
(function () {
  "use strict";

  let running = null;

  function update(container, fresh) {
    container.querySelectorAll("[data-item]").forEach(function (item) {
      const now = fresh.querySelector('[data-item="' + CSS.escape(item.dataset.item) + '"]');
      if (!now) {
        return;
      }
      item.hidden = now.hidden;
      const select = item.querySelector(":scope > select[data-parent]");
      const choices = now.querySelector(":scope > select[data-parent]");
      if (select && choices && select.innerHTML.trim() !== choices.innerHTML.trim()) {
        /* Copies, not the nodes themselves: an option taken out of its list leaves the next one there chosen. */
        select.replaceChildren(...[...choices.children].map((option) => document.importNode(option, true)));
      }
    });
  }

  async function refresh(container) {
    const form = container.closest("form");
    const button = container.querySelector("[data-eform-refresh] button");
    if (!form || !button) {
      return;
    }
    if (running) {
      running.abort();
    }
    running = new AbortController();
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()]) {
      if (value instanceof File) {
        data.delete(name);
      }
    }
    data.append(button.name, button.value);
    try {
      const answer = await fetch(form.action || window.location.href, {
        method: "POST",
        body: data,
        headers: { "X-Requested-With": "eforms" },
        signal: running.signal,
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-eform]");
      if (fresh) {
        update(container, fresh);
      }
    } catch (error) {
      if (error.name !== "AbortError") {
        container.querySelector("[data-eform-refresh]").hidden = false;
      }
    }
  }

  document.querySelectorAll("[data-eform]").forEach(function (container) {
    const button = container.querySelector("[data-eform-refresh]");
    if (!button) {
      return;
    }
    button.hidden = true;
    container.addEventListener("change", function () {
      refresh(container);
    });
  });
})();
