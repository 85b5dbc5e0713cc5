// Optimisations, comparisons, portfolios: lines over time or over a number, stacked shares, sortable tables.

const HUES = [215, 28, 152, 340, 268, 48, 188, 100, 300, 0];

function lineColour(index) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const turn = Math.floor(index / HUES.length) * 14;
  return `hsl(${HUES[index % HUES.length] + turn} ${dark ? "62% 66%" : "58% 44%"})`;
}

function studyChart(container, label, over) {
  if (over === "time") return newChart(container, label);
  const chart = LightweightCharts.createOptionsChart(container, {
    autoSize: true,
    layout: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11, attributionLogo: true },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
    localization: { precision: 0 },
    rightPriceScale: { minimumWidth: 68 },
  });
  chart.applyOptions(chartColours());
  makeReachable(container, chart, label);
  return chart;
}

function drawStudyChart(given) {
  const container = byId(given.id);
  const write = given.unit === "percent" ? (value) => format.percent(value, 1) : (value) => format.number(value, Math.abs(value) < 100 ? 3 : 0);
  const priceFormat = { type: "custom", minMove: 1e-6, formatter: write };
  const chart = studyChart(container, given.label, given.over);
  const lines = given.lines.map((line, index) => ({ ...line, index, drawn: line.y }));
  if (given.stacked) {
    const sums = new Array(given.x.length).fill(0);
    for (const line of lines) line.drawn = line.y.map((value, at) => (sums[at] += value ?? 0));
  }
  // The highest stack is drawn first, the others over it.
  const order = given.stacked ? [...lines].reverse() : lines;
  const series = order.map((line) => {
    const kind = given.stacked ? LightweightCharts.AreaSeries : LineSeries;
    const options = { lineWidth: line.index === 0 || given.stacked ? 2 : 1.5, priceLineVisible: false, lastValueVisible: !given.stacked, priceFormat };
    if (given.stacked) options.autoscaleInfoProvider = () => ({ priceRange: { minValue: 0, maxValue: 100 } });
    const drawn = chart.addSeries(kind, options, line.pane);
    drawn.setData(given.x.map((time, at) => (line.drawn[at] === null ? { time } : { time, value: line.drawn[at] })));
    return [line, drawn];
  });
  if (given.stacked) chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.02, bottom: 0 } });
  if (given.lines.some((line) => line.pane > 0)) {
    chart.panes()[0].setStretchFactor(3);
    chart.panes()[1].setStretchFactor(1);
  }
  const legend = byId(`${given.id}-legend`);
  const show = (at) => {
    const when = given.over === "time" ? format.date(given.x[at]) : String(given.x[at]);
    const entries = lines.map((line) => element("span", {},
      element("i", { class: "swatch", style: `background:${lineColour(line.index)}`, "aria-hidden": "true" }),
      `${line.name} `, element("b", {}, line.y[at] === null ? DASH : write(line.y[at]))));
    legend.replaceChildren(element("span", {}, when), ...entries);
  };
  followCrosshair(chart, () => given.x.length, show);
  const applyColours = () => {
    chart.applyOptions(chartColours());
    for (const [line, drawn] of series) {
      const tint = lineColour(line.index);
      drawn.applyOptions(given.stacked ? { lineColor: tint, topColor: tint, bottomColor: tint } : { color: tint });
    }
    show(given.x.length - 1);
  };
  themed.push(applyColours);
  applyColours();
  chart.timeScale().fitContent();
}

function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows];
    const key = (row) => row.cells[column].dataset.value;
    const numbers = rows.some((row) => key(row) !== "");
    // What is undefined stays at the end either way.
    rows.sort((a, b) => {
      if (!numbers) return a.cells[column].textContent.localeCompare(b.cells[column].textContent) * (down ? 1 : -1);
      if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
      return (Number(key(b)) - Number(key(a))) * (down ? 1 : -1);
    });
    body.append(...rows);
  }));
}

function startStudy() {
  for (const table of document.querySelectorAll("table[data-sortable]")) makeSortable(table);
  byId("palette-switch").addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.palette = root.dataset.palette ? "" : "blue-orange";
    byId("palette-switch").setAttribute("aria-pressed", root.dataset.palette !== "");
    rethemeCharts();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rethemeCharts);
  for (const chart of JSON.parse(byId("payload").textContent)) drawStudyChart(chart);
}

try {
  startStudy();
} catch (error) {
  byId("script-error").hidden = false;
  byId("script-error-text").textContent = error.message;
}
