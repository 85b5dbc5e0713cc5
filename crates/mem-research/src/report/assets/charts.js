// Charts over time, drawn by lightweight-charts: equity with drawdown, candles with trades, rolling figures.
// Each function builds a chart once and returns what the page may ask of it; `show` exchanges the data.

const { createChart, LineSeries, BaselineSeries, CandlestickSeries, HistogramSeries } = LightweightCharts;
const LOGARITHMIC = LightweightCharts.PriceScaleMode.Logarithmic;
const NORMAL = LightweightCharts.PriceScaleMode.Normal;

const themed = [];

function chartColours() {
  return {
    layout: {
      background: { type: "solid", color: "transparent" },
      textColor: colour("muted"),
      panes: { separatorColor: colour("line"), separatorHoverColor: colour("line") },
    },
    grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
    crosshair: {
      vertLine: { color: colour("muted"), labelBackgroundColor: colour("label") },
      horzLine: { color: colour("muted"), labelBackgroundColor: colour("label") },
    },
    rightPriceScale: { borderColor: colour("line") },
    timeScale: { borderColor: colour("line") },
  };
}

function newChart(container, label) {
  const chart = createChart(container, {
    autoSize: true,
    layout: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11, attributionLogo: true },
    crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
    // The wheel scrolls the page until the chart has been clicked; a vertical swipe always does.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false, axisPressedMouseMove: { price: false, time: true } },
    localization: { timeFormatter: (seconds) => `${format.time(seconds)} UTC`, dateFormat: "yyyy-MM-dd" },
    timeScale: { timeVisible: true, enableConflation: true, minBarSpacing: 0.002, maxBarSpacing: 60 },
    rightPriceScale: { minimumWidth: 68 },
  });
  chart.applyOptions(chartColours());
  makeReachable(container, chart, label);
  return chart;
}

// Keyboard: arrows move, plus and minus zoom, Home shows all. The wheel zooms while the chart has the focus.
function makeReachable(container, chart, label) {
  container.tabIndex = 0;
  container.setAttribute("role", "group");
  container.setAttribute("aria-label", `${label}. Arrow keys move, plus and minus zoom, Home shows everything.`);
  container.addEventListener("pointerdown", () => container.focus({ preventScroll: true }));
  container.addEventListener("focus", () => setWheel(chart, true));
  container.addEventListener("blur", () => setWheel(chart, false));
  container.addEventListener("keydown", (event) => {
    const range = chart.timeScale().getVisibleLogicalRange();
    if (!range) return;
    const width = range.to - range.from;
    const centre = (range.from + range.to) / 2;
    const moves = {
      ArrowLeft: [range.from - width / 10, range.to - width / 10],
      ArrowRight: [range.from + width / 10, range.to + width / 10],
      "+": [centre - width / 3, centre + width / 3],
      "=": [centre - width / 3, centre + width / 3],
      "-": [centre - width * 0.75, centre + width * 0.75],
    };
    if (event.key === "Home") chart.timeScale().fitContent();
    else if (moves[event.key]) chart.timeScale().setVisibleLogicalRange({ from: moves[event.key][0], to: moves[event.key][1] });
    else return;
    event.preventDefault();
  });
}

function setWheel(chart, on) {
  chart.applyOptions({ handleScroll: { mouseWheel: on }, handleScale: { mouseWheel: on } });
}

function rethemeCharts() {
  for (const apply of themed) apply();
}

// Points for a line; where a value is undefined the line breaks.
function linePoints(times, values) {
  const points = new Array(times.length);
  for (let i = 0; i < times.length; i++) {
    points[i] = Number.isNaN(values[i]) ? { time: times[i] } : { time: times[i], value: values[i] };
  }
  return points;
}

// Tells `show(index)` which point lies under the crosshair, or the last one when there is none.
function followCrosshair(chart, count, show) {
  chart.subscribeCrosshairMove((event) => {
    const inside = event.logical !== undefined && event.point !== undefined;
    const last = count() - 1;
    show(inside ? Math.max(0, Math.min(last, Math.round(event.logical))) : last, inside ? event : null);
  });
}

function legendEntry(name, value, swatch, valueClass = "") {
  const mark = swatch ? element("i", { class: `swatch ${swatch}`, "aria-hidden": "true" }) : null;
  return element("span", {}, mark, `${name} `, element("b", { class: valueClass }, value));
}

function createEquityChart(container, legend) {
  const chart = newChart(container, "Equity with drawdown beneath");
  const amounts = { type: "custom", minMove: 0.01, formatter: (value) => format.number(value, Math.abs(value) < 1000 ? 2 : 0) };
  const benchmark = chart.addSeries(LineSeries, { lineWidth: 1, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false, priceFormat: amounts });
  const equity = chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false, priceFormat: amounts });
  const fall = chart.addSeries(BaselineSeries, {
    baseValue: { type: "price", price: 0 }, lineWidth: 1, priceLineVisible: false,
    priceFormat: { type: "custom", minMove: 0.01, formatter: (value) => format.percent(value, 1) },
  }, 1);
  chart.panes()[0].setStretchFactor(3);
  chart.panes()[1].setStretchFactor(1);
  const applyColours = () => {
    chart.applyOptions(chartColours());
    benchmark.applyOptions({ color: colour("benchmark") });
    equity.applyOptions({ color: colour("accent") });
    fall.applyOptions({
      topLineColor: colour("loss"), bottomLineColor: colour("loss"),
      topFillColor1: "transparent", topFillColor2: "transparent",
      bottomFillColor1: translucent(colour("loss"), 0.08), bottomFillColor2: translucent(colour("loss"), 0.35),
    });
  };
  themed.push(applyColours);
  applyColours();

  let data = null;
  followCrosshair(chart, () => data?.times.length ?? 0, (index) => {
    if (!data || index < 0) return;
    legend.replaceChildren(
      legendEntry("", `${format.time(data.times[index])} UTC`),
      legendEntry("Equity", format.number(data.equity[index]), "accent"),
      ...(data.benchmark ? [legendEntry("Buy and hold", format.number(data.benchmark[index]), "benchmark")] : []),
      legendEntry("Drawdown", format.percent(data.drawdown[index]), "loss"),
    );
  });
  return {
    chart,
    show(symbol) {
      data = symbol.equity;
      equity.setData(linePoints(data.times, data.equity));
      benchmark.setData(data.benchmark ? linePoints(data.times, data.benchmark) : []);
      fall.setData(linePoints(data.times, data.drawdown));
      chart.timeScale().fitContent();
      chart.clearCrosshairPosition();
      const last = data.times.length - 1;
      legend.replaceChildren(
        legendEntry("Equity", format.number(data.equity[last]), "accent"),
        ...(data.benchmark ? [legendEntry("Buy and hold", format.number(data.benchmark[last]), "benchmark")] : []),
        legendEntry("Drawdown now", format.percent(data.drawdown[last]), "loss"),
      );
    },
    setLog(on) {
      chart.priceScale("right", 0).applyOptions({ mode: on ? LOGARITHMIC : NORMAL });
    },
    setBenchmark(on) {
      benchmark.applyOptions({ visible: on });
    },
  };
}

function createCandleChart(container, legend, onHover, onPick) {
  const chart = newChart(container, "Candles with trades");
  const volume = chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, priceLineVisible: false, lastValueVisible: false });
  const candles = chart.addSeries(CandlestickSeries, { priceLineVisible: false, borderVisible: false });
  candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.22 } });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const marks = new TradeMarks();
  candles.attachPrimitive(marks);
  const applyColours = () => {
    chart.applyOptions(chartColours());
    candles.applyOptions({ upColor: colour("up"), downColor: colour("down"), wickUpColor: colour("up"), wickDownColor: colour("down") });
    volume.applyOptions({ color: colour("volume") });
    marks.repaint();
  };
  themed.push(applyColours);
  applyColours();

  let data = null;
  const writeLegend = (index) => {
    if (!data || index < 0) return;
    const change = (data.close[index] / data.open[index] - 1) * 100;
    legend.replaceChildren(
      legendEntry("", `${format.time(data.times[index])} UTC`),
      ...[["O", data.open], ["H", data.high], ["L", data.low], ["C", data.close]].map(([name, column]) => legendEntry(name, format.price(column[index], data.decimals))),
      legendEntry("", format.signedPercent(change), null, gainClass(change)),
      ...(data.volume ? [legendEntry("Vol", Number.isNaN(data.volume[index]) ? DASH : compact(data.volume[index]))] : []),
    );
  };
  followCrosshair(chart, () => data?.times.length ?? 0, (index, event) => {
    writeLegend(index);
    onHover(event ? marks.near(event.point.x, event.point.y) : -1, event?.point);
  });
  chart.subscribeClick((event) => {
    if (event.point) onPick(marks.near(event.point.x, event.point.y));
  });
  return {
    chart,
    marks,
    shows(candles) {
      return data === candles;
    },
    show(shown, trades) {
      data = shown;
      const bars = new Array(data.times.length);
      for (let i = 0; i < bars.length; i++) {
        bars[i] = { time: data.times[i], open: data.open[i], high: data.high[i], low: data.low[i], close: data.close[i] };
      }
      const minMove = 10 ** -data.decimals;
      candles.applyOptions({ priceFormat: { type: "custom", minMove, formatter: (price) => format.price(price, data.decimals) } });
      candles.setData(bars);
      volume.setData(data.volume ? linePoints(data.times, data.volume) : []);
      marks.setTrades(trades, data.times);
      this.showLast(Math.min(bars.length, Math.max(60, Math.round(container.clientWidth / 6))));
      writeLegend(bars.length - 1);
    },
    showLast(count) {
      const end = data.times.length;
      chart.timeScale().setVisibleLogicalRange({ from: end - count - 0.5, to: end + Math.max(1, count * 0.02) });
    },
    showTime(seconds) {
      const centre = Math.max(0, lastAtOrBefore(data.times, seconds));
      chart.timeScale().setVisibleLogicalRange({ from: centre - 60, to: centre + 60 });
    },
    showTrade(position) {
      const [first, last] = marks.candlesOf(position);
      const margin = Math.max(15, (last - first) * 0.6);
      marks.select(position);
      chart.timeScale().setVisibleLogicalRange({ from: first - margin, to: last + margin });
    },
  };
}

function compact(value) {
  return value.toLocaleString(undefined, { notation: "compact", maximumSignificantDigits: 4 });
}

// One small line chart per rolling figure, beneath each other on one time axis.
function createRollingChart(container, legend) {
  const chart = newChart(container, "Rolling figures");
  const names = [["sharpe", "Sharpe", "accent", 2], ["volatility", "Volatility, % a year", "amber", 1], ["winRate", "Win rate, %", "benchmark", 1]];
  const lines = names.map(([, , swatch, digits], pane) => {
    const line = chart.addSeries(LineSeries, {
      lineWidth: 1.5, priceLineVisible: false,
      priceFormat: { type: "custom", minMove: 0.01, formatter: (value) => format.number(value, digits) },
    }, pane);
    themed.push(() => line.applyOptions({ color: colour(swatch) }));
    line.applyOptions({ color: colour(swatch) });
    return line;
  });
  const levels = [[0, 0], [2, 50]].map(([pane, price]) => lines[pane].createPriceLine({ price, color: colour("muted"), lineStyle: 2, lineWidth: 1, axisLabelVisible: false }));
  themed.push(() => levels.forEach((level) => level.applyOptions({ color: colour("muted") })));
  themed.push(() => chart.applyOptions(chartColours()));

  let data = null;
  const writeLegend = (index) => {
    if (!data || index < 0) return;
    legend.replaceChildren(
      legendEntry("", `${format.date(data.times[index])}`),
      ...names.map(([key, name, swatch, digits]) => legendEntry(name, format.number(data[key][index], digits), swatch)),
    );
  };
  followCrosshair(chart, () => data?.times.length ?? 0, writeLegend);
  return {
    chart,
    show(symbol) {
      data = symbol.rolling;
      names.forEach(([key], pane) => lines[pane].setData(linePoints(data.times, data[key])));
      chart.timeScale().applyOptions({ timeVisible: false });
      chart.timeScale().fitContent();
      writeLegend(data.times.length - 1);
    },
  };
}
