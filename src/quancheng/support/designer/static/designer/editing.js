/* What all three editors share: saving, drafts that survive, faults, leaving. An editor hands itself over with
   QcDesigner.run({open, text, show, go}) and calls the `changed` that it is given. */
(function () {
  "use strict";
  const facts = JSON.parse(document.getElementById("designer-facts").textContent);
  const words = facts.words;
  const box = document.querySelector("[data-designer]");
  const status = box.querySelector("[data-designer-status]");
  const list = box.querySelector("[data-designer-faults]");
  const summary = box.querySelector("[data-designer-summary]");
  const comment = box.querySelector("[name=comment]");
  const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
  // Of this person alone: several may use one machine.
  const place = `quancheng-design-${facts.person}-${facts.design}`;
  const EVERY = 20000;
  let adapter = null;
  let base = facts.base;
  let saved = facts.content;
  let dirty = false;
  let kept = "";
  let timer = 0;
  let saving = Promise.resolve();

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const say = (text, tone = "") => {
    status.textContent = text;
    status.dataset.tone = tone;
  };

  async function post(url, data) {
    let answer;
    try {
      const body = new FormData();
      Object.entries({ csrfmiddlewaretoken: token, ...data }).forEach(([name, value]) => body.append(name, value));
      answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
    } catch {
      throw new Error(words.lost);
    }
    // Whoever is no longer signed in is led to a page for people, which is no JSON; so is a form that is too old.
    if (!(answer.headers.get("content-type") || "").startsWith("application/json")) throw new Error(words.signedOut);
    const said = await answer.json();
    if (said.refusal) throw new Error(said.refusal);
    return said;
  }

  function keepHere(text) {
    try {
      localStorage.setItem(place, JSON.stringify({ base, content: text, at: new Date().toISOString() }));
    } catch {
      // A browser that keeps nothing: the draft on the server remains.
    }
  }

  function forgetHere() {
    try {
      localStorage.removeItem(place);
    } catch {
      // Nothing was kept.
    }
  }

  function here() {
    try {
      return JSON.parse(localStorage.getItem(place));
    } catch {
      return null;
    }
  }

  function changed() {
    dirty = true;
    say(words.unsaved);
    clearTimeout(timer);
    timer = setTimeout(async () => keepHere(await adapter.text()), 600);
  }

  async function keepThere() {
    if (!dirty) return;
    const text = await adapter.text();
    if (text === kept) return;
    keepHere(text);
    try {
      const { kept: at } = await post(facts.urls.draft, { base, content: text });
      kept = text;
      if (dirty) say(fill(words.kept, { at }));
    } catch (error) {
      say(error.message, "bad");
    }
  }

  // One after the other: the second knows then what the first became, and does not come too late.
  const save = () => (saving = saving.then(saveNow, saveNow));

  async function saveNow() {
    say(words.saving);
    const text = await adapter.text();
    keepHere(text);
    try {
      const said = await post(facts.urls.edit, { base, content: text, comment: comment.value });
      if (!said.aside) {
        base = said.number;
        saved = text;
      }
      comment.value = "";
      tell(said.faults);
      say(said.sentence, said.aside ? "bad" : "good");
      // What was typed while the site was saving is not saved yet.
      if ((await adapter.text()) !== text) {
        changed();
        return;
      }
      dirty = false;
      clearTimeout(timer);
      forgetHere();
    } catch (error) {
      say(error.message, "bad");
    }
  }

  async function check(more = {}) {
    say(words.checking);
    try {
      const said = await post(facts.urls.check, { content: await adapter.text(), ...more });
      tell(said.faults);
      say(dirty ? words.unsaved : "");
      return said;
    } catch (error) {
      say(error.message, "bad");
      return null;
    }
  }

  function tell(faults) {
    const serious = faults.filter((fault) => fault.isFault).length;
    summary.textContent = faults.length
      ? fill(words.faults, { n: serious, m: faults.length - serious })
      : words.faultless;
    list.replaceChildren(
      ...faults.map((fault, number) => {
        const row = document.createElement("li");
        const badge = document.createElement("span");
        badge.className = `qc-badge qc-badge--${fault.isFault ? "bad" : "warn"}`;
        badge.textContent = fault.isFault ? words.fault : words.doubt;
        const where = document.createElement(fault.element ? "button" : "span");
        where.textContent = fault.name || words.whole;
        if (fault.element) {
          where.type = "button";
          where.className = "qc-button qc-button--quiet qc-button--small";
          where.addEventListener("click", () => adapter.go(fault.element));
        }
        row.id = `fault-${number}`;
        row.tabIndex = -1;
        row.append(badge, " ", where, " ", fault.sentence);
        return row;
      }),
    );
    adapter.show(faults);
  }

  function offer(text, content) {
    const alert = document.createElement("div");
    alert.className = "qc-alert qc-alert--info";
    alert.setAttribute("role", "status");
    const sentence = document.createElement("p");
    sentence.textContent = text;
    const act = (label, run) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "qc-button qc-button--small";
      button.textContent = label;
      button.addEventListener("click", () => {
        alert.remove();
        run();
      });
      return button;
    };
    const inside = document.createElement("div");
    inside.append(
      sentence,
      act(words.restore, async () => {
        await open(content.content);
        base = content.base;
        changed();
      }),
      " ",
      act(words.discard, () => {
        forgetHere();
        post(facts.urls.draft, { drop: "1" }).catch(() => {});
      }),
    );
    alert.append(inside);
    box.querySelector("[data-designer-offers]").append(alert);
  }

  function offers() {
    const when = (at) => new Date(at).toLocaleString(document.documentElement.lang);
    const mine = [
      [here(), words.typedHere],
      [facts.typed, words.typedThere],
    ].filter(([typed]) => typed && typed.content && typed.content.trim() !== saved.trim());
    // Of the browser's and the server's the later one; usually they are the same.
    mine.sort(([one], [other]) => (one.at < other.at ? 1 : -1));
    if (!mine.length) return;
    const [typed, text] = mine[0];
    offer(fill(text, { at: when(typed.at) }) + (typed.base !== facts.base ? ` ${words.older}` : ""), typed);
  }

  async function open(content) {
    try {
      await adapter.open(content);
    } catch (error) {
      say(fill(words.broken, { why: error.message }), "bad");
    }
  }

  // Markup of the libraries brings styles that our policy allows only through the object model (scripts/vendor.py).
  function dress(inside) {
    inside.querySelectorAll("[data-style]").forEach((item) => {
      item.style.cssText = item.dataset.style;
      delete item.dataset.style;
    });
  }

  async function run(editor) {
    adapter = editor;
    new MutationObserver(() => dress(document)).observe(document.body, { childList: true, subtree: true });
    dress(document);
    await open(facts.content);
    tell(facts.faults);
    offers();
    setInterval(keepThere, EVERY);
    box.querySelector("[data-designer-save]").addEventListener("click", save);
    box.querySelector("[data-designer-check]").addEventListener("click", () => check());
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        save();
      }
    });
    addEventListener("beforeunload", (event) => {
      if (dirty) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => document.hidden && keepThere());
    box.dataset.designer = "ready";
  }

  window.QcDesigner = { facts, words, run, changed, check, fill, box };
})();
