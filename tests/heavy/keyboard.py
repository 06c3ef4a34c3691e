"""Somebody at a keyboard, without a mouse: walks a page with Tab, sees where they are, operates what they reach."""

# What Tab must come to: everything that can be operated and is shown. Of the radio buttons of a group Tab takes one.
SHOULD = """() => {
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]";
  const groups = new Set();
  window.qcStops = new Map();
  for (const item of document.querySelectorAll(wanted)) {
    if (item.disabled || item.tabIndex < 0 || item.closest("[inert]")) continue;
    if (!item.checkVisibility({visibilityProperty: true})) continue;
    if (item.type === "radio") {
      const group = `${item.form?.id} ${item.name}`;
      const chosen = item.form?.querySelector(`[name="${CSS.escape(item.name)}"]:checked`);
      if (groups.has(group) || (chosen && chosen !== item)) continue;
      groups.add(group);
    }
    window.qcStops.set(item, window.qcStops.size);
  }
  window.qcName = (item) => {
    const where = item.closest("article[id], [id]:not(use)")?.id ?? "";
    const said = item.getAttribute("aria-label") || item.textContent.trim().slice(0, 20) || item.name || item.className;
    return `${where} ${item.tagName.toLowerCase()} ${said}`;
  };
  return [...window.qcStops.keys()].map(window.qcName);
}"""

# Where the keyboard is, and whether that can be seen: a ring of two pixels at least, on something that is not covered.
WHERE = """() => {
  const item = document.activeElement;
  if (!item || item === document.body) return null;
  const ring = (node, part) => {
    const style = getComputedStyle(node, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const around = item.closest(".qc-card--link, tr, li, label");
  const seen = ring(item) || (around && ring(around));
  const box = item.getBoundingClientRect();
  const view = {right: innerWidth, bottom: innerHeight};
  const x = (Math.max(box.left, 0) + Math.min(box.right, view.right)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, view.bottom)) / 2;
  const corners = [[x, y], [x, Math.max(box.top, 0) + 2], [x, Math.min(box.bottom, view.bottom) - 2]];
  const free = corners.some(([left, top]) => {
    const there = document.elementFromPoint(left, top);
    return there && (item.contains(there) || there.contains(item) || there.closest("label")?.control === item);
  });
  return {stop: window.qcStops.get(item) ?? -1, name: window.qcName(item), seen: Boolean(seen), free};
}"""

# Following links and sending forms would leave the page: what counts is that the key asked for it.
LISTEN = """() => {
  window.qcAsked = 0;
  window.qcUnderWay = 0;
  const ask = window.fetch;
  window.fetch = (...wish) => {
    window.qcUnderWay += 1;
    return ask(...wish).finally(() => (window.qcUnderWay -= 1));
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[href], button")) window.qcAsked += 1;
    if (event.target.closest("a[href]")) event.preventDefault();
  }, true);
  document.addEventListener("submit", (event) => event.preventDefault(), true);
  document.addEventListener("submit", (event) => event.stopImmediatePropagation(), true);
}"""

# What a form reads again by itself arrives before the next key.
ARRIVED = """async () => {
  do await new Promise((next) => setTimeout(next, 20)); while (window.qcUnderWay);
}"""

KIND = """() => {
  const item = document.activeElement;
  if (item.tagName === "INPUT") return item.readOnly ? "readonly" : item.type;
  if (item.tagName === "A" || item.tagName === "BUTTON" || item.tagName === "CANVAS") return item.tagName.toLowerCase();
  if (item.isContentEditable) return "textarea";
  if (item.tagName === "SELECT" && item.options.length < 2) return "still";
  if (["SUMMARY", "SELECT", "TEXTAREA"].includes(item.tagName)) return item.tagName.toLowerCase();
  if (item.scrollWidth > item.clientWidth) return "sideways";
  if (item.scrollHeight > item.clientHeight) return "down";
  return item.matches("svg") ? "drawing" : item.matches("pre, [role=region], main") ? "still" : "unknown";
}"""
STATE = """() => {
  const item = document.activeElement;
  const ones = item.type === "radio" ? [...document.getElementsByName(item.name)] : [];
  const group = ones.map((one) => one.checked).join();
  return [window.qcAsked, item.value, item.checked, group, item.parentElement?.open, item.validity?.badInput,
    item.scrollLeft, item.scrollTop,
    item.querySelector?.(".viewport")?.getAttribute("transform")].join("|");
}"""
KEYS = {
    **dict.fromkeys(("text", "search", "email", "tel", "url", "password", "textarea"), ("a", "Backspace")),
    **dict.fromkeys(("number", "date", "time", "datetime-local"), ("ArrowUp", "ArrowDown")),
    **dict.fromkeys(("checkbox", "button", "summary"), ("Space", "Space")),
    **dict.fromkeys(("radio", "select"), ("ArrowDown", "ArrowUp")),
    "a": ("Enter", ""),
    "drawing": ("ArrowRight", "ArrowLeft"),
    "sideways": ("ArrowRight", "ArrowLeft"),
    "down": ("ArrowDown", "ArrowUp"),
}


def faults_of_the_way(page):
    """Go through the page with Tab and back with Shift-Tab, and return what was missed, unseen or kept the keyboard."""
    names = page.evaluate(SHOULD)
    faults = []
    for key in ("Tab", "Shift+Tab"):
        page.evaluate("document.activeElement?.blur(); getSelection().removeAllRanges()")
        if key == "Tab":
            page.evaluate(
                "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
            )
        passed, last, again = [], None, 0
        # Parts of a field of date and time are stops of their own.
        for _step in range(6 * len(names) + 20):
            page.keyboard.press(key)
            here = page.evaluate(WHERE)
            if here is None or (passed and here["stop"] == passed[0] != last):
                break
            again = again + 1 if here["stop"] == last else 0
            if again > 6:
                faults.append(f"{key}: {here['name']} keeps the keyboard")
                break
            last = here["stop"]
            passed.append(last)
            if not here["seen"]:
                faults.append(f"{key}: {here['name']} has the keyboard, and it is not to be seen")
            if not here["free"]:
                faults.append(f"{key}: {here['name']} has the keyboard, and is covered or outside the window")
        faults += [f"{key}: never comes to {name}" for place, name in enumerate(names) if place not in passed]
    return faults


def operate(page, canvas):
    """Reach every stop of the page with Tab and use it with its keys; return what did nothing.

    `canvas` is called at each canvas, with the page, and returns whether the keys did something there.
    """
    names = page.evaluate(SHOULD)
    page.evaluate(LISTEN)
    faults, used = [], set()
    page.evaluate("document.activeElement?.blur()")
    for _step in range(6 * len(names) + 20):
        page.keyboard.press("Tab")
        here = page.evaluate(WHERE)
        if here is None or (used and here["stop"] == 0):
            break
        if here["stop"] in used:
            continue
        used.add(here["stop"])
        kind = page.evaluate(KIND)
        if kind in {"readonly", "still"}:
            continue
        if kind == "file":
            with page.expect_file_chooser():
                page.keyboard.press("Space")
            continue
        if kind == "canvas":
            if not canvas(page):
                faults.append(f"{here['name']}: its keys do nothing")
            continue
        if kind not in KEYS:
            faults.append(f"{here['name']}: nobody says which key operates it ({kind})")
            continue
        there, back = KEYS[kind]
        before = page.evaluate(STATE)
        page.keyboard.press(there)
        if page.evaluate(STATE) == before:
            faults.append(f"{here['name']}: {there} does nothing ({kind})")
        if back:
            page.keyboard.press(back)
        page.evaluate(ARRIVED)
        if page.evaluate("Boolean(document.querySelector('dialog[open]'))"):
            page.keyboard.press("Escape")
    return faults, len(used)
