/* Brings a form up to date when an answer changes which questions fit, and adds and takes out rows: asks the server,
   which alone knows the conditions. Without this script the buttons do the same with a reload. Signatures are drawn here;
   without it the name is typed. */
(function () {
  "use strict";

  const CONTROLS = "input, select, textarea";
  let running = null;

  function renew(item, fresh) {
    item.hidden = fresh.hidden;
    const select = item.querySelector(":scope > [data-parent]");
    const choices = fresh.querySelector(":scope > [data-parent]");
    if (select && choices && select.tagName !== choices.tagName) {
      /* Nothing is listed below this choice, so it is written down, or the other way round. */
      select.replaceWith(document.importNode(choices, true));
    } else if (select && choices && select.innerHTML.trim() !== choices.innerHTML.trim()) {
      /* Copies, not the nodes themselves: an option taken out of its list leaves the next one there chosen. */
      select.replaceChildren(...[...choices.children].map((option) => document.importNode(option, true)));
    }
    item.querySelectorAll(CONTROLS).forEach(function (control) {
      const other = control.id && fresh.querySelector("#" + CSS.escape(control.id));
      if (other && control.closest("[data-item]") === item) {
        if (other.readOnly && !control.readOnly) {
          control.value = other.value;
        }
        control.disabled = other.disabled;
        control.readOnly = other.readOnly;
      }
    });
    const live = (place) =>
      [...place.querySelectorAll("[data-live]")].filter((part) => part.closest("[data-item]") === place);
    const parts = item.matches("[data-live]") ? [item] : live(item);
    const others = fresh.matches("[data-live]") ? [fresh] : live(fresh);
    parts.forEach(function (part, number) {
      if (others[number] && part.innerHTML !== others[number].innerHTML) {
        part.replaceChildren(...[...others[number].childNodes].map((node) => document.importNode(node, true)));
      }
    });
  }

  function update(container, fresh) {
    container.querySelectorAll("[data-item]").forEach(function (item) {
      const now = fresh.querySelector('[data-item="' + CSS.escape(item.dataset.item) + '"]');
      if (now) {
        renew(item, now);
      }
    });
  }

  async function ask(container, button) {
    const form = container.closest("form");
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
    const answer = await fetch(form.getAttribute("action") || window.location.href, {
      method: "POST",
      body: data,
      headers: { "X-Requested-With": "eforms" },
      signal: running.signal,
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-eform]");
  }

  async function refresh(container) {
    const button = container.querySelector("[data-eform-refresh] button");
    if (!container.closest("form") || !button) {
      return;
    }
    try {
      const fresh = await ask(container, button);
      if (fresh) {
        update(container, fresh);
      }
    } catch (error) {
      if (error.name !== "AbortError") {
        container.querySelector("[data-eform-refresh]").hidden = false;
      }
    }
  }

  async function change(container, button) {
    const list = button.closest("[data-item]");
    const rows = list.querySelectorAll(":scope > [data-row]").length;
    try {
      const fresh = await ask(container, button);
      const other = fresh && fresh.querySelector('[data-item="' + CSS.escape(list.dataset.item) + '"]');
      if (!other) {
        throw new Error("no such rows");
      }
      const now = document.importNode(other, true);
      list.replaceWith(now);
      signatures(now);
      update(container, fresh);
      const after = now.querySelectorAll(":scope > [data-row]");
      /* A new row is where the person goes on; after one is gone, the button that adds is. */
      const target = after.length > rows ? after[after.length - 1] : now.querySelector('[id$="-add"]');
      target.focus();
      const status = container.querySelector("[data-eform-status]");
      status.textContent = after.length ? after[after.length - 1].querySelector("legend").textContent : "";
    } catch (error) {
      if (error.name !== "AbortError") {
        button.form.requestSubmit(button);
      }
    }
  }

  function signatures(place) {
    place.querySelectorAll("[data-eform-signature]").forEach(function (box) {
      const kept = box.querySelector("input[type=hidden]");
      const typed = box.querySelector("input[type=text]");
      if (kept.disabled || typed.readOnly || box.querySelector("canvas")) {
        return;
      }
      const canvas = document.createElement("canvas");
      canvas.width = 600;
      canvas.height = 200;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", box.dataset.draw);
      const clear = document.createElement("button");
      clear.type = "button";
      clear.className = "qc-button qc-button--quiet qc-button--small";
      clear.textContent = box.dataset.clear;
      const hint = document.createElement("p");
      hint.className = "qc-help";
      hint.textContent = box.dataset.draw;
      const pen = canvas.getContext("2d");
      let drawing = false;

      function wipe() {
        /* Black on white whatever the page looks like: it is a picture that is kept. */
        pen.fillStyle = "#ffffff";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.lineWidth = 3;
        pen.lineCap = "round";
        pen.lineJoin = "round";
        pen.strokeStyle = "#000000";
      }

      function at(event) {
        const frame = canvas.getBoundingClientRect();
        return [
          ((event.clientX - frame.left) * canvas.width) / frame.width,
          ((event.clientY - frame.top) * canvas.height) / frame.height,
        ];
      }

      canvas.addEventListener("pointerdown", function (event) {
        drawing = true;
        canvas.setPointerCapture(event.pointerId);
        pen.beginPath();
        pen.moveTo(...at(event));
        event.preventDefault();
      });
      canvas.addEventListener("pointermove", function (event) {
        if (drawing) {
          pen.lineTo(...at(event));
          pen.stroke();
        }
      });
      ["pointerup", "pointercancel"].forEach(function (name) {
        canvas.addEventListener(name, function () {
          if (drawing) {
            drawing = false;
            kept.value = canvas.toDataURL("image/png");
            kept.dispatchEvent(new Event("change", { bubbles: true }));
          }
        });
      });
      clear.addEventListener("click", function () {
        wipe();
        kept.value = "";
        const image = box.querySelector("img");
        if (image) {
          image.remove();
        }
        kept.dispatchEvent(new Event("change", { bubbles: true }));
      });
      typed.before(hint, canvas, clear);
      wipe();
    });
  }

  document.querySelectorAll("[data-eform]").forEach(function (container) {
    signatures(container);
    container.addEventListener("click", function (event) {
      const button = event.target.closest("[data-row-button]");
      if (button && container.closest("form")) {
        event.preventDefault();
        change(container, button);
      }
    });
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
