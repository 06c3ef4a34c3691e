/* The form editor: form-js, with a group for our own properties, our own fields, and the server's view beside it. */
(function () {
  "use strict";
  const { facts, words, run, changed, check, box } = window.QcDesigner;
  const { FormEditor, h } = window.QcForms;
  const preview = box.querySelector("[data-designer-preview]");
  let asked = 0;

  function Ours(panel) {
    panel.registerProvider({
      getGroups(field, editField) {
        const known = () => field.properties || {};
        const write = (name, value) => {
          const properties = { ...known() };
          if (value) properties[name] = value;
          else delete properties[name];
          editField(field, ["properties"], properties);
        };
        const entry = (name, label, options) => ({
          id: `qc-${name}`,
          isEdited: () => Boolean(known()[name]),
          component: () => {
            const shared = {
              id: `qc-${field.id}-${name}`,
              class: "bio-properties-panel-input",
              value: known()[name] ?? "",
              onChange: (event) => write(name, event.target.value.trim()),
            };
            const control = options
              ? h("select", shared, options.map(([value, text]) => h("option", { value }, text)))
              : h("input", { ...shared, type: "text" });
            return h("div", { class: "bio-properties-panel-entry" }, [
              h("label", { for: shared.id, class: "bio-properties-panel-label" }, label),
              control,
            ]);
          },
        });
        return (groups) => {
          if (!field.key && !field.path) return groups;
          const entries = [entry("catalogue", words.catalogue), entry("basis", words.basis)];
          if (["textfield", "number", "datetime"].includes(field.type)) {
            entries.unshift(entry("format", words.format, facts.formats));
          }
          return [...groups, { id: "qc-ours", label: words.ours, entries }];
        };
      },
    }, 400);
  }
  Ours.$inject = ["propertiesPanel"];

  const editor = new FormEditor({
    container: box.querySelector("[data-designer-canvas]"),
    additionalModules: [{ __init__: ["qcOurs"], qcOurs: ["type", Ours] }, window.QcDesignerSpeaking?.module || {}],
  });
  window.QcDesignerSpeaking?.listen(box.querySelector("[data-designer-canvas]"));
  let source = {};
  let opened = false;

  // What the editor does not know (an address, a signature) stays as it is, in its place.
  const FOREIGN = ["address", "signature"];
  const hide = (items) =>
    (items || []).map((item) =>
      FOREIGN.includes(item.type)
        ? { ...item, type: "textfield", properties: { ...item.properties, qc_type: item.type } }
        : item.components
          ? { ...item, components: hide(item.components) }
          : item,
    );
  const unhide = (items) =>
    (items || []).map((item) => {
      if (item.components) return { ...item, components: unhide(item.components) };
      if (!item.properties?.qc_type) return item;
      const { qc_type: type, ...properties } = item.properties;
      return { ...item, type, properties };
    });

  async function look() {
    const said = await check({ preview: "1" });
    if (said) preview.innerHTML = said.preview || "";
    if (said && !said.preview) preview.textContent = words.noPreview;
    preview.querySelectorAll("[id]").forEach((item) => (item.id = `preview-${item.id}`));
    preview.querySelectorAll("label[for]").forEach((item) => (item.htmlFor = `preview-${item.htmlFor}`));
    preview.querySelectorAll("[aria-describedby]").forEach((item) => {
      const named = item.getAttribute("aria-describedby").split(" ").map((name) => `preview-${name}`);
      item.setAttribute("aria-describedby", named.join(" "));
    });
  }

  const presets = box.querySelector("[data-designer-presets]");
  presets.append(
    ...facts.presets.map(({ label, component }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "qc-button qc-button--small";
      button.textContent = label;
      button.addEventListener("click", () => {
        const root = editor.get("formFieldRegistry").getAll().find((field) => field.type === "default");
        const chosen = editor.get("selection").get();
        // A group on top is a page; a field that nobody placed goes to the last one.
        const pages = (root.components || []).filter((item) => item.components);
        const parent = chosen && chosen.components && chosen !== root ? chosen : pages.at(-1) || root;
        const taken = new Set(editor.get("formFieldRegistry").getAll().map((field) => field.key));
        let key = (component.properties?.format || component.type).replace(/-/g, "_");
        for (let number = 2; taken.has(key); number += 1) key = `${key.replace(/_\d+$/, "")}_${number}`;
        const [shown] = hide([{ ...component, key }]);
        editor.get("modeling").addFormField({ ...shown }, parent, (parent.components || []).length);
      });
      return button;
    }),
  );

  editor.on("changed", () => {
    if (!opened) return;
    changed();
    clearTimeout(asked);
    asked = setTimeout(look, 1500);
  });

  run({
    async open(content) {
      source = JSON.parse(content);
      opened = false;
      await editor.importSchema({ ...source, components: hide(source.components) });
      // What the editor says of its own opening is no change.
      setTimeout(() => (opened = true));
      look();
    },
    async text() {
      const schema = editor.saveSchema();
      return `${JSON.stringify({ ...schema, components: unhide(schema.components) }, null, 2)}\n`;
    },
    show() {},
    go(key) {
      const field = editor.get("formFieldRegistry").getAll().find((one) => [one.key, one.path, one.id].includes(key));
      if (field) editor.get("selection").set(field);
    },
  });
})();
