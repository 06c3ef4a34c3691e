/* Sends a form's file in pieces that go on after a break (tus 1.0.0). Without it the form is sent as it is. */
(function () {
  "use strict";
  const PIECE = 8 * 1024 * 1024;
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const wait = (time) => new Promise((done) => setTimeout(done, time));

  class Refused extends Error {}

  document.querySelectorAll("form[data-documents-upload]").forEach((form) => {
    const file = form.querySelector("input[type=file]");
    const box = form.querySelector("[data-documents-progress]");
    const bar = box.querySelector("progress");
    const said = box.querySelector("[data-documents-said]");
    const button = form.querySelector("button[type=submit]");
    let stopped = false;
    let request = null;

    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const value = (name) => form.elements[name]?.value ?? "";

    function ask(method, address, headers, body) {
      return new Promise((resolve, reject) => {
        request = new XMLHttpRequest();
        request.open(method, address);
        Object.entries({ "Tus-Resumable": "1.0.0", "X-CSRFToken": token, ...headers }).forEach(([name, text]) =>
          request.setRequestHeader(name, text),
        );
        const from = Number(headers["Upload-Offset"] || 0);
        if (body) request.upload.onprogress = (event) => show(from + event.loaded);
        request.onload = () => resolve(request);
        request.onerror = request.onabort = () => reject(new Error("broken"));
        request.send(body || null);
      });
    }

    function show(sent) {
      const chosen = file.files[0];
      bar.value = (100 * sent) / chosen.size;
      const size = (count) => (count / 1048576).toFixed(1);
      said.textContent = `${size(sent)} / ${size(chosen.size)} MB ${box.dataset.sent}`;
    }

    // The same file for the same place goes on where it stands, even after the browser was closed.
    function name(chosen) {
      const place = form.dataset.documentsId || value("organisation");
      return `documents:${place}:${chosen.name}:${chosen.size}:${chosen.lastModified}`;
    }

    async function begin(chosen) {
      const known = localStorage.getItem(name(chosen));
      if (known) {
        const answer = await ask("HEAD", known, {});
        if (answer.status === 200) return known;
        localStorage.removeItem(name(chosen));
      }
      const said = {
        filename: chosen.name,
        title: value("title"),
        organisation: value("organisation"),
        note: value("note"),
        document: form.dataset.documentsId || "",
        base: value("base"),
      };
      const metadata = Object.entries(said)
        .filter(([, text]) => text)
        .map(([key, text]) => `${key} ${base64(text)}`)
        .join(",");
      const answer = await ask("POST", form.dataset.documentsUpload, {
        "Upload-Length": String(chosen.size),
        "Upload-Metadata": metadata,
      });
      if (answer.status !== 201) throw new Refused(answer.responseText || String(answer.status));
      const address = new URL(answer.getResponseHeader("Location")).pathname;
      localStorage.setItem(name(chosen), address);
      return address;
    }

    async function send(chosen) {
      let tries = 0;
      while (!stopped) {
        try {
          const address = await begin(chosen);
          const standing = await ask("HEAD", address, {});
          let at = Number(standing.getResponseHeader("Upload-Offset"));
          let made = standing.getResponseHeader("Document-Location");
          while (!made && !stopped) {
            const answer = await ask(
              "PATCH",
              address,
              { "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" },
              chosen.slice(at, at + PIECE),
            );
            if (answer.status === 204) {
              at = Number(answer.getResponseHeader("Upload-Offset"));
              made = answer.getResponseHeader("Document-Location");
              tries = 0;
            } else if ([409, 423, 503].includes(answer.status) && at < chosen.size) {
              throw new Error("again");
            } else {
              localStorage.removeItem(name(chosen));
              throw new Refused(answer.responseText || String(answer.status));
            }
          }
          if (made) {
            localStorage.removeItem(name(chosen));
            location.assign(made);
            return;
          }
        } catch (error) {
          if (error instanceof Refused) {
            said.textContent = error.message;
            break;
          }
          if (stopped) break;
          said.textContent = box.dataset.again;
          await wait(WAITS[Math.min(tries++, WAITS.length - 1)]);
        }
      }
      button.disabled = false;
      if (stopped) said.textContent = box.dataset.stopped;
    }

    box.querySelector("[data-documents-stop]").addEventListener("click", () => {
      stopped = true;
      request?.abort();
    });
    form.addEventListener("submit", (event) => {
      const chosen = file.files[0];
      if (!chosen || !chosen.size) return;
      event.preventDefault();
      stopped = false;
      box.hidden = false;
      button.disabled = true;
      send(chosen);
    });
  });
})();
