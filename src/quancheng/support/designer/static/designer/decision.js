/* The editor of decision tables: dmn-js, with our own saving and checking. */
(function () {
  "use strict";
  const { facts, run, changed, box } = window.QcDesigner;
  const translate = window.QcDesignerTranslate || {};
  const editor = new window.QcDmn.Modeler({
    container: box.querySelector("[data-designer-canvas]"),
    common: { additionalModules: [translate] },
  });
  const tabs = box.querySelector("[data-designer-views]");
  let watched = null;

  function views() {
    tabs.replaceChildren(
      ...editor.getViews().map((view) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "qc-button qc-button--small";
        button.textContent = view.name || view.element.name || view.id;
        button.setAttribute("aria-pressed", String(view === editor.getActiveView()));
        button.addEventListener("click", () => editor.open(view));
        return button;
      }),
    );
  }

  // Each view is an editor of its own with its own events.
  editor.on("views.changed", () => {
    views();
    const viewer = editor.getActiveViewer();
    if (!viewer || viewer === watched) return;
    watched = viewer;
    viewer.on("commandStack.changed", changed);
  });

  run({
    async open(content) {
      await editor.importXML(content);
      const table = editor.getViews().find((view) => view.type === "decisionTable");
      if (table) await editor.open(table);
      views();
    },
    async text() {
      return (await editor.saveXML({ format: true })).xml;
    },
    show() {},
    go() {},
  });
  void facts;
})();
