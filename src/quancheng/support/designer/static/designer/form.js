/* The form editor: form-js, with a group for our own properties, our own fields, and the server's view beside it. */
(function () {
  "use strict";
  const { facts, words, run, changed, check, box } = window.QcDesigner;
  const { FormEditor, SelectEntry, TextFieldEntry, isSelectEntryEdited, isTextFieldEntryEdited } = window.QcForms;
  const preview = box.querySelector("[data-designer-preview]");
  let asked = 0;

  function Ours(panel) {
    panel.registerProvider(400, {
      getGroups(field, editField) {
        const property = (name) => ({
          getValue: () => (field.properties || {})[name] ?? "",
          setValue: (value) => {
            const properties = { ...field.properties };
            if (value) properties[name] = value;
            else delete properties[name];
            return editField(field, ["properties"], properties);
          },
        });
        const text = (name, label) => ({
          id: `qc-${name}`,
          component: (props) =>
            TextFieldEntry({ element: field, id: props.id, label, debounce: (act) => act, ...property(name) }),
          isEdited: isTextFieldEntryEdited,
        });
        const format = {
          id: "qc-format",
          component: (props) =>
            SelectEntry({
              element: field,
              id: props.id,
              label: words.format,
              getOptions: () => facts.formats.map(([value, label]) => ({ value, label })),
              ...property("format"),
            }),
          isEdited: isSelectEntryEdited,
        };
        return (groups) => {
          if (!field.key && !field.path) return groups;
          const entries = [text("catalogue", words.catalogue), text("basis", words.basis)];
          if (["textfield", "number", "datetime"].includes(field.type)) entries.unshift(format);
          return [...groups, { id: "qc-ours", label: words.ours, entries }];
        };
      },
    });
  }
  Ours.$inject = ["propertiesPanel"];

  const editor = new FormEditor({
    container: box.querySelector("[data-designer-canvas]"),
    additionalModules: [{ __init__: ["qcOurs"], qcOurs: ["type", Ours] }],
  });
  let source = {};

  // What the editor does not know (an address, a signature) stays as it is, in its place.
  const FOREIGN = ["address", "signature"];
  const hide = (items) =>
    (items || []).map((item) =>
      FOREIGN.includes(item.type)
        ? { type: "textfield", id: item.id, key: item.key, label: item.label, properties: { ...item.properties, qc_type: item.type } }
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
        const parent = chosen && chosen.components ? chosen : root;
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
    changed();
    clearTimeout(asked);
    asked = setTimeout(look, 1500);
  });

  run({
    async open(content) {
      source = JSON.parse(content);
      await editor.importSchema({ ...source, components: hide(source.components) });
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
