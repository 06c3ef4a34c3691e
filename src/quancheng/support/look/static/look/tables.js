/* Tables: what htmx cannot do by itself. Everything here only adds to a page that works without it. */
(function () {
  "use strict";
  if (window.qcTables) return;
  window.qcTables = true;

  function prepare(table) {
    const all = table.querySelector("[data-qc-mark-all]");
    const marks = [...table.querySelectorAll("tbody [type=checkbox]")];
    if (!all) return;
    all.hidden = false;
    const tell = () => {
      const marked = marks.filter((mark) => mark.checked).length;
      all.checked = marked > 0 && marked === marks.length;
      all.indeterminate = marked > 0 && marked < marks.length;
    };
    all.addEventListener("change", () => marks.forEach((mark) => (mark.checked = all.checked)));
    marks.forEach((mark) => mark.addEventListener("change", tell));
    tell();
  }

  const tables = () => document.querySelectorAll("[data-qc-table]");
  tables().forEach(prepare);
  // What a batch did is what its author must hear first.
  document.getElementById("batch-outcomes")?.focus();

  // Another view of the same table has arrived: prepare it, and say in words what it shows.
  document.addEventListener("htmx:afterSettle", () => {
    tables().forEach(prepare);
    const said = document.querySelector("[data-qc-table-said]");
    const table = document.querySelector("[data-qc-table]");
    if (said && table) said.textContent = table.dataset.qcSummary;
  });
})();
