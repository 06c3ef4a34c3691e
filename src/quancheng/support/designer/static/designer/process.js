/* The process editor: bpmn-js, with a panel of plain form fields beside it and a list of elements for the keyboard. */
(function () {
  "use strict";
  const { facts, words, run, changed, box } = window.QcDesigner;
  const QC = "https://quancheng.example/bpmn";
  const text = (name, attribute = true) => ({ name, type: "String", isAttr: attribute });
  const quancheng = {
    name: "Quancheng",
    uri: QC,
    prefix: "qc",
    xml: { tagAlias: "lowerCase" },
    types: [
      {
        name: "Step",
        extends: ["bpmn:FlowElement"],
        properties: ["privilege", "organisation", "form", "days", "moves", "law", "article", "handler", "repeatable",
          "decision", "version", "variable", "type"].map((name) => text(name)),
      },
      {
        name: "Many",
        extends: ["bpmn:MultiInstanceLoopCharacteristics"],
        properties: ["collection", "element", "output", "gather"].map((name) => text(name)),
      },
    ],
  };
  const canvasBox = box.querySelector("[data-designer-canvas]");
  const panel = box.querySelector("[data-designer-panel]");
  const outline = box.querySelector("[data-designer-outline]");
  const modeler = new window.QcBpmn.Modeler({
    container: canvasBox,
    additionalModules: [window.QcDesignerTranslate || {}, window.QcBpmn.TokenSimulation],
    moddleExtensions: { qc: quancheng },
  });
  window.QcDesignerSpeaking?.listen(canvasBox);
  const get = (name) => modeler.get(name);
  const narrow = () => canvasBox.clientWidth < 480;
  let [chosen, shape] = [null, ""];

  const business = (element) => element.businessObject;
  const eventOf = (element) => (business(element).eventDefinitions || [])[0];
  const loopOf = (element) => business(element).loopCharacteristics;
  const root = () => get("canvas").getRootElement();
  const all = () => get("elementRegistry").filter((element) => business(element) && !element.labelTarget && element.type !== "label");
  const called = (element) => {
    const name = business(element).name;
    const kind = get("translate")(element.type.replace("bpmn:", "").replace(/([a-z])([A-Z])/g, "$1 $2"));
    return name ? `${name} (${kind})` : `${kind} ${business(element).id}`;
  };

  // A field is for a type of element, of its event definition or of its loop.
  function fits(field, element) {
    const types = [element, eventOf(element), loopOf(element)].filter(Boolean).map((item) => item.businessObject || item);
    return field.on.some((on) => {
      if (on === "*") return true;
      const name = on.replace(/^(event|loop):/, "");
      return types.some((item) => (on.startsWith("bpmn:") ? item.$type === name && item === types[0] : item.$type === name));
    });
  }

  const expression = (value) => value && get("moddle").create("bpmn:FormalExpression", { body: value });

  function read(field, element) {
    const item = business(element);
    if (field.path.startsWith("attr:")) {
      const value = item.get(field.path.slice(5));
      return value === undefined || value === null ? "" : value;
    }
    if (field.path === "doc") return (item.documentation || [])[0]?.text || "";
    if (field.path === "condition") return item.conditionExpression?.body || "";
    if (field.path === "default") return item.default?.id || "";
    if (field.path === "loop") {
      const loop = loopOf(element);
      if (!loop) return "";
      if (loop.$type === "bpmn:StandardLoopCharacteristics") return "loop";
      return loop.isSequential ? "sequential" : "parallel";
    }
    if (field.path.startsWith("ref:")) {
      const { name, code } = reference(field.path.slice(4));
      const found = eventOf(element)?.[name];
      return found?.[code] || found?.name || "";
    }
    const [where, , , ...rest] = field.path.split(":");
    const holder = where === "loop" ? loopOf(element) : eventOf(element);
    const value = holder?.get(rest.join(":"));
    return value?.body ?? value ?? "";
  }

  function reference(type) {
    const kind = type.slice(5);
    const own = { Error: "errorCode", Escalation: "escalationCode" }[kind] || "name";
    return { name: `${kind.toLowerCase()}Ref`, code: own };
  }

  function write(field, element, value) {
    const modeling = get("modeling");
    const item = business(element);
    if (field.path.startsWith("attr:")) {
      const name = field.path.slice(5);
      let kept = value === "" ? undefined : value;
      if (field.kind === "check" && name.startsWith("qc:")) kept = value ? "true" : undefined;
      modeling.updateProperties(element, { [name]: kept });
    } else if (field.path === "doc") {
      const documentation = value ? [get("moddle").create("bpmn:Documentation", { text: value })] : [];
      modeling.updateProperties(element, { documentation });
    } else if (field.path === "condition") {
      modeling.updateProperties(element, { conditionExpression: expression(value) || undefined });
    } else if (field.path === "default") {
      const flow = value ? get("elementRegistry").get(value) : null;
      modeling.updateProperties(element, { default: flow ? business(flow) : undefined });
    } else if (field.path === "loop") {
      const made = {
        "": () => undefined,
        loop: () => get("moddle").create("bpmn:StandardLoopCharacteristics"),
        parallel: () => get("moddle").create("bpmn:MultiInstanceLoopCharacteristics"),
        sequential: () => get("moddle").create("bpmn:MultiInstanceLoopCharacteristics", { isSequential: true }),
      }[value]();
      if (made) made.$parent = item;
      modeling.updateProperties(element, { loopCharacteristics: made });
    } else if (field.path.startsWith("ref:")) {
      refer(field.path.slice(4), element, value);
    } else {
      const [where, , , ...rest] = field.path.split(":");
      const holder = where === "loop" ? loopOf(element) : eventOf(element);
      const name = rest.join(":");
      const plain = name.startsWith("qc:") || name === "loopMaximum";
      const kept = plain ? (name === "loopMaximum" ? Number.parseInt(value, 10) || undefined : value || undefined) : expression(value) || undefined;
      if (kept?.$type) kept.$parent = holder;
      modeling.updateModdleProperties(element, holder, { [name]: kept });
    }
  }

  /* Messages, signals, errors and escalations stand beside the process and are shared by their names. */
  function refer(type, element, value) {
    const { name, code } = reference(type);
    const definition = eventOf(element);
    const definitions = modeler.getDefinitions();
    let found;
    if (value) {
      found = definitions.rootElements.find((item) => item.$type === type && (item[code] || item.name) === value);
      if (!found) {
        const id = get("moddle").ids.nextPrefixed(`${type.slice(5)}_`, { $type: type });
        found = get("moddle").create(type, { id, name: value, ...(code === "name" ? {} : { [code]: value }) });
        found.$parent = definitions;
        get("modeling").updateModdleProperties(element, definitions, {
          rootElements: [...definitions.rootElements, found],
        });
      }
    }
    get("modeling").updateModdleProperties(element, definition, { [name]: found });
  }

  function control(field, element, number) {
    const id = `panel-${number}`;
    const value = read(field, element);
    let input;
    if (field.kind === "textarea") {
      input = document.createElement("textarea");
      input.rows = 2;
      input.value = value;
    } else if (field.kind === "select" || field.kind === "flow") {
      input = document.createElement("select");
      const flows = (element.outgoing || []).map((flow) => [flow.id, called(flow.target)]);
      const options = field.kind === "flow" ? [["", words.none], ...flows] : field.options;
      input.append(...options.map(([code, label]) => new Option(label, code, false, code === value)));
    } else if (field.kind === "check") {
      input = document.createElement("input");
      input.type = "checkbox";
      input.checked = value === true || value === "true";
    } else {
      input = document.createElement("input");
      input.value = value;
      input.autocomplete = "off";
      if (field.kind === "fixed") input.readOnly = true;
      if (field.kind === "suggest") input.setAttribute("list", suggestions(field));
    }
    input.id = id;
    if (field.kind !== "check") input.className = "qc-input";
    if (field.help) input.setAttribute("aria-describedby", `${id}-help`);
    input.dataset.path = field.path;
    input.addEventListener("change", () => {
      write(field, element, field.kind === "check" ? input.checked : input.value.trim());
    });
    return input;
  }

  const lists = new Map();
  function suggestions(field) {
    if (!lists.has(field.path)) {
      const found = document.createElement("datalist");
      found.id = `choices-${lists.size}`;
      found.append(...field.options.map(([value, label]) => new Option(label, value)));
      box.append(found);
      lists.set(field.path, found.id);
    }
    return lists.get(field.path);
  }

  function shown(field, element, number) {
    const row = document.createElement("div");
    row.className = "qc-field";
    const label = document.createElement("label");
    const input = control(field, element, number);
    if (field.kind === "check") {
      label.className = "qc-choice";
      const name = document.createElement("span");
      name.textContent = field.label;
      label.append(input, name);
      row.append(label);
    } else {
      label.className = "qc-label";
      label.htmlFor = input.id;
      label.textContent = field.label;
      row.append(label);
    }
    if (field.help) {
      const help = document.createElement("p");
      help.className = "qc-help";
      help.id = `${input.id}-help`;
      help.textContent = field.help;
      row.append(help);
    }
    if (field.kind !== "check") row.append(input);
    return row;
  }

  function draw(force = false) {
    // Before a drawing is opened, and between two, the sheet has a root that means nothing.
    if (!business(root())) return;
    const element = chosen && get("elementRegistry").get(chosen.id) ? chosen : root();
    const found = facts.panel.filter((field) => fits(field, element));
    const now = `${element.id} ${found.map((field) => field.path)} ${(element.outgoing || []).length}`;
    if (now === shape && !force) {
      // Only what the fields hold has changed: whoever types in one of them keeps their place.
      panel.querySelectorAll("[data-path]").forEach((input) => {
        if (input === document.activeElement) return;
        const field = found.find((one) => one.path === input.dataset.path);
        const value = read(field, element);
        if (input.type === "checkbox") input.checked = value === true || value === "true";
        else input.value = value;
      });
      return;
    }
    shape = now;
    const groups = new Map();
    found.forEach((field, number) => {
      if (!groups.has(field.group)) {
        const set = Object.assign(document.createElement("fieldset"), { className: "designer-group" });
        set.append(Object.assign(document.createElement("legend"), { textContent: field.group }));
        groups.set(field.group, set);
      }
      groups.get(field.group).append(shown(field, element, number));
    });
    const name = element === root() ? words.process : called(element);
    const title = Object.assign(document.createElement("h2"), { textContent: name });
    panel.replaceChildren(title, ...groups.values());
    if (element !== root()) panel.append(tools(element));
  }

  function tools(element) {
    const set = document.createElement("div");
    set.className = "designer-tools";
    const button = (label, act, more = "") => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = `qc-button qc-button--small ${more}`;
      made.textContent = label;
      made.addEventListener("click", act);
      return made;
    };
    const pick = (label, options) => {
      const field = document.createElement("label");
      field.className = "qc-label";
      const select = document.createElement("select");
      select.className = "qc-input";
      select.append(...options.map(([value, name]) => new Option(name, value)));
      field.append(label, select);
      set.append(field);
      return select;
    };
    const flow = element.type === "bpmn:SequenceFlow";
    if (!flow && element.type !== "bpmn:EndEvent" && !element.waypoints) {
      const type = pick(words.append, facts.palette);
      set.append(
        button(words.add, () => {
          const [, kind, , event] = /^(bpmn:\w+)(:(bpmn:\w+))?$/.exec(type.value);
          const attributes = { type: kind, ...(event ? { eventDefinitionType: event } : {}) };
          const made = get("elementFactory").createShape(attributes);
          choose(get("autoPlace").append(element, made));
          panel.querySelector("[data-path='attr:name']")?.focus();
        }),
      );
      const others = all().filter((one) => one !== element && one.incoming && !one.waypoints && one !== root());
      if (others.length) {
        const target = pick(words.connect, others.map((one) => [one.id, called(one)]));
        set.append(
          button(words.add, () => {
            const made = get("modeling").connect(element, get("elementRegistry").get(target.value));
            if (made) choose(made);
          }),
        );
      }
    }
    set.append(
      button(words.remove, () => {
        get("modeling").removeElements([element]);
        outline.focus();
      }, "qc-button--danger"),
    );
    return set;
  }

  function list() {
    outline.replaceChildren(
      ...all().map((element) => {
        const label = element === root() ? words.process : called(element);
        return new Option(label, element.id, false, element === (chosen || root()));
      }),
    );
  }

  function choose(element) {
    get("selection").select(element === root() ? [] : element);
    if (narrow()) element === root() ? fit() : get("canvas").zoom(0.9);
    if (element !== root()) get("canvas").scrollToElement(element, 60);
  }

  outline.addEventListener("change", () => {
    const element = get("elementRegistry").get(outline.value);
    if (element) choose(element);
  });

  modeler.on("selection.changed", ({ newSelection }) => {
    chosen = newSelection.length === 1 ? newSelection[0] : null;
    draw();
    outline.value = (chosen || root()).id;
  });
  modeler.on(["commandStack.changed"], () => {
    changed();
    draw();
    list();
  });

  let marked = [];
  function show(faults) {
    const registry = get("elementRegistry");
    get("overlays").remove({ type: "qc-fault" });
    const known = marked.filter((id) => registry.get(id));
    known.forEach((id) => ["qc-has-fault", "qc-has-doubt"].forEach((mark) => get("canvas").removeMarker(id, mark)));
    marked = [];
    // Of several at one element the gravest is its sign.
    const order = faults.map((fault, number) => [fault, number]).sort(([one], [other]) => other.isFault - one.isFault);
    order.forEach(([fault, number]) => {
      if (!fault.element || !registry.get(fault.element)) return;
      if (!marked.includes(fault.element)) {
        get("canvas").addMarker(fault.element, fault.isFault ? "qc-has-fault" : "qc-has-doubt");
        const sign = document.createElement("button");
        sign.type = "button";
        sign.className = `designer-fault${fault.isFault ? "" : " designer-fault--doubt"}`;
        sign.textContent = fault.isFault ? "!" : "?";
        sign.title = fault.sentence;
          sign.setAttribute("aria-label", `${words[fault.isFault ? "fault" : "doubt"]}: ${fault.name}: ${fault.sentence}`);
        sign.addEventListener("click", () => document.getElementById(`fault-${number}`)?.focus());
        get("overlays").add(fault.element, "qc-fault", { position: { top: -14, right: 14 }, html: sign });
      }
      marked.push(fault.element);
    });
  }

  // The tools stand on the left; the whole drawing stands beside them, unless it would be too small to be read. A narrow
  // sheet is for looking, without tools (designer.css): the whole drawing, and from near what is chosen from the list.
  function fit() {
    const { inner, outer } = get("canvas").viewbox();
    if (!outer.width || !inner.width) return; // not shown yet, or empty
    const [left, sides, least] = narrow() ? [12, 24, 0] : [120, 140, 0.4];
    const room = Math.min((outer.width - sides) / inner.width, (outer.height - 80) / inner.height);
    const scale = Math.min(1, Math.max(least, room));
    const place = { x: inner.x - left / scale, y: inner.y - (outer.height / scale - inner.height) / 2 };
    get("canvas").viewbox({ ...place, width: outer.width / scale, height: outer.height / scale });
  }

  run({
    async open(content) {
      await modeler.importXML(content);
      fit();
      chosen = null;
      list();
      draw(true);
    },
    async text() {
      return (await modeler.saveXML({ format: true })).xml;
    },
    show,
    go(id) {
      const element = get("elementRegistry").get(id);
      if (!element) return;
      choose(element);
      panel.querySelector("input:not([readonly]), textarea, select")?.focus();
    },
  });
})();
