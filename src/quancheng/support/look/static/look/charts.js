/* Draws charts with ECharts, as SVG in the colours of the tokens. The table in the page says the same without it. */
(function () {
  "use strict";
  if (window.qcCharts || !window.qcECharts) return;
  window.qcCharts = true;
  const TONES = ["spring", "jade", "amber", "red", "ink-2"];
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  function base(facts) {
    const ink = token("ink-2");
    const axis = { axisLabel: { color: ink }, axisLine: { lineStyle: { color: token("line-control") } }, nameTextStyle: { color: ink } };
    return {
      animation: !still(),
      textStyle: { fontFamily: token("font"), color: token("ink"), fontSize: 12 },
      // Tooltips made of HTML carry style attributes, which the content security policy refuses.
      tooltip: { renderMode: "richText", backgroundColor: token("surface"), borderColor: token("line"), textStyle: { color: token("ink") } },
      grid: { left: 12, right: 24, top: facts.series.length > 1 ? 44 : 28, bottom: facts.axis ? 28 : 12, containLabel: true },
      category: { type: "category", data: facts.categories, name: facts.axis, nameLocation: "middle", nameGap: 28, ...axis, axisTick: { show: false } },
      value: { type: "value", name: facts.unit, ...axis, splitLine: { lineStyle: { color: token("line") } } },
      // Patterns besides colours: two series are told apart without seeing either.
      aria: { enabled: true, label: { enabled: false }, decal: { show: facts.kind !== "line" && facts.series.length > 1 } },
    };
  }

  function plain(facts) {
    const { category, value, ...rest } = base(facts);
    const lying = facts.kind === "rows";
    if (lying) {
      Object.assign(category, { inverse: true, name: "" });
      rest.grid.bottom = 12;
    }
    const line = facts.kind === "line";
    const dashes = ["solid", "dashed", "dotted"];
    const marks = ["circle", "rect", "triangle", "diamond"];
    return {
      ...rest,
      xAxis: lying ? value : category,
      yAxis: lying ? category : value,
      legend: { show: facts.series.length > 1, top: 0, textStyle: { color: token("ink") } },
      series: facts.series.map((item, place) => ({
        name: item.name,
        data: item.values,
        type: line ? "line" : "bar",
        stack: facts.stacked ? "all" : undefined,
        barMaxWidth: 36,
        symbol: marks[place % 4],
        symbolSize: 8,
        lineStyle: { type: dashes[place % 3], width: 2 },
        itemStyle: { color: token(item.tone === "quiet" ? "ink-2" : item.tone || TONES[place % 5]) },
        label: { show: !line && facts.series.length === 1, position: lying ? "right" : "top", color: token("ink") },
      })),
    };
  }

  function heat(facts) {
    const { category, value, aria, ...rest } = base(facts);
    const cells = facts.series.flatMap((row, y) => row.values.map((number, x) => [x, y, number ?? "-"]));
    const numbers = cells.map((cell) => cell[2]).filter((number) => number !== "-");
    const least = Math.min(...numbers, 0);
    const greatest = Math.max(...numbers, 1);
    const shade = (level) => ({ color: token(`heat-${level}`) });
    const width = (greatest - least) / 5;
    return {
      ...rest,
      grid: { ...rest.grid, top: 12, bottom: facts.axis ? 64 : 40 },
      xAxis: { ...category, splitArea: { show: false } },
      yAxis: { ...category, name: "", data: facts.series.map((row) => row.name), inverse: true },
      visualMap: {
        type: "piecewise", orient: "horizontal", left: "center", bottom: 0, itemGap: 6, textStyle: { color: token("ink-2") }, precision: 0,
        pieces: [1, 2, 3, 4, 5].map((level) => ({ gte: least + width * (level - 1), [level === 5 ? "lte" : "lt"]: least + width * level, ...shade(level) })),
      },
      series: [{
        type: "heatmap", data: cells, label: { show: true, color: token("on-heat") },
        itemStyle: { borderColor: token("surface"), borderWidth: 2 }, emphasis: { itemStyle: { borderColor: token("ink") } },
      }],
    };
  }

  function show(figure) {
    const canvas = figure.querySelector("[data-qc-chart-canvas]");
    const facts = JSON.parse(figure.querySelector("[data-qc-chart-data]").textContent);
    if (!facts.categories.length) return;
    canvas.hidden = false;
    // Bars that lie need as much height as there are of them.
    if (facts.kind === "rows") canvas.style.height = `${facts.categories.length * 32 + 60}px`;
    const chart = window.qcECharts.init(canvas, null, { renderer: "svg" });
    const draw = () => chart.setOption(facts.kind === "heat" ? heat(facts) : plain(facts), true);
    draw();
    figure.querySelector("details").open = false;
    figure.dataset.qcChart = "shown";
    new ResizeObserver(() => chart.resize()).observe(canvas);
    new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-contrast"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }

  document.querySelectorAll("[data-qc-chart]").forEach(show);
})();
