// Keyboard in the to-do list: j and k move, Enter opens, x marks, / goes to the search.
(() => {
  const list = document.querySelector("[data-intranet-list]");
  const search = document.querySelector("[data-intranet-search]");
  const links = list ? [...list.querySelectorAll("tbody a.qc-row-link")] : [];
  const boxes = list ? [...list.querySelectorAll("tbody input[type=checkbox]")] : [];

  list?.querySelector("[data-intranet-all]")?.addEventListener("change", (event) => {
    boxes.forEach((box) => { box.checked = event.target.checked; });
  });

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = links.indexOf(document.activeElement);
    if (event.key === "j" || event.key === "k") {
      const next = here < 0 ? 0 : here + (event.key === "j" ? 1 : -1);
      links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
      event.preventDefault();
    } else if (event.key === "x" && here >= 0 && boxes[here]) {
      boxes[here].checked = !boxes[here].checked;
    } else if (event.key === "/" && search) {
      search.focus();
      event.preventDefault();
    }
  });
})();
