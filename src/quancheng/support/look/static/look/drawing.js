/* Shows process drawings with bpmn-js: read only, what is done and what is going on marked. */
(function () {
  "use strict";

  async function show(figure) {
    const canvas = figure.querySelector(".qc-drawing__canvas");
    const { xml, active, done, heat = {}, faults = [], marks: changes = {} } = JSON.parse(figure.querySelector("[data-qc-drawing-data]").textContent);
    if (!xml || !window.BpmnJS) return;
    const viewer = new window.BpmnJS({ container: canvas });
    try {
      await viewer.importXML(xml);
    } catch (error) {
      // A drawing without shapes cannot be shown; the list of steps below says the same in words.
      viewer.destroy();
      figure.querySelector(".qc-drawing__words")?.setAttribute("open", "");
      return;
    }
    const sheet = viewer.get("canvas");
    const shapes = viewer.get("elementRegistry");
    const mark = (ids, name) => ids.filter((id) => shapes.get(id)).forEach((id) => sheet.addMarker(id, name));
    mark(done.filter((id) => !active.includes(id)), "qc-is-done");
    mark(active, "qc-is-active");
    Object.entries(heat).forEach(([id, level]) => mark([id], `qc-heat-${level}`));
    Object.entries(changes).forEach(([id, how]) => mark([id], `qc-was-${how}`));
    faults.forEach(([id, sentence, hinders]) => flag(viewer, id, sentence, hinders));
    // A drawing in a closed tab or a narrow rail has no size yet; it is fitted once it gets one.
    const fit = () => canvas.clientWidth && canvas.clientHeight && sheet.zoom("fit-viewport", "auto");
    fit();
    new ResizeObserver(fit).observe(canvas);
    canvas.append(tools(figure, sheet, fit));
    canvas.addEventListener("keydown", (event) => steer(event, sheet, fit));
    figure.dataset.qcDrawing = "shown";
  }

  // The sentence itself stands in the list beside the drawing, which everybody can read.
  function flag(viewer, id, sentence, hinders) {
    if (!viewer.get("elementRegistry").get(id)) return;
    viewer.get("canvas").addMarker(id, hinders ? "qc-has-fault" : "qc-has-doubt");
    const sign = document.createElement("span");
    sign.className = hinders ? "qc-drawing__fault" : "qc-drawing__fault qc-drawing__fault--doubt";
    sign.textContent = hinders ? "!" : "?";
    sign.title = sentence;
    sign.setAttribute("aria-hidden", "true");
    viewer.get("overlays").add(id, { position: { top: -12, right: 12 }, html: sign });
  }

  // The drawing takes the keyboard: arrows move it, + and − change its size, 0 shows it whole.
  function steer(event, sheet, fit) {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("svg")) return;
    const [dx, dy] = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key] ?? [0, 0];
    const size = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
    if (dx || dy) sheet.scroll({ dx, dy });
    else if (size) sheet.zoom(sheet.zoom() * size);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  }

  function tools(figure, sheet, fit) {
    const box = document.createElement("div");
    box.className = "qc-drawing__tools";
    const add = (text, label, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.setAttribute("aria-label", label);
      button.title = label;
      button.addEventListener("click", act);
      box.append(button);
    };
    const { labelZoomIn, labelZoomOut, labelFit } = figure.dataset;
    add("+", labelZoomIn, () => sheet.zoom(sheet.zoom() * 1.25));
    add("−", labelZoomOut, () => sheet.zoom(sheet.zoom() / 1.25));
    add("⤢", labelFit, fit);
    return box;
  }

  // On the phone the whole drawing would be too small to read; the words below are open from the start.
  document.querySelectorAll("[data-qc-drawing]").forEach((figure) => {
    if (matchMedia("(max-width: 40rem)").matches) figure.querySelector(".qc-drawing__words")?.setAttribute("open", "");
    show(figure);
  });
})();
