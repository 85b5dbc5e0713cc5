// The page: one symbol at a time, chosen by list, table, keys or address; the address keeps what is looked at.

const payload = JSON.parse(byId("payload").textContent);
const decoded = new Map();
const state = { symbol: "", trade: -1, log: null, benchmark: true, palette: "" };
let view = null;

function decodeSymbol(index) {
  if (decoded.has(index)) return decoded.get(index);
  const packed = payload.symbols[index];
  const symbol = { ...packed };
  if (packed.candles) symbol.candles = decodeCandles(packed.candles);
  if (packed.detail) symbol.detail = decodeDetail(packed.detail);
  if (packed.equity) {
    const { times, equity, drawdown, benchmark } = packed.equity;
    symbol.equity = { times: unpack(times), equity: unpack(equity), drawdown: unpack(drawdown), benchmark: benchmark ? unpack(benchmark) : null };
  }
  if (packed.rolling) {
    const { times, sharpe, volatility, win_rate } = packed.rolling;
    symbol.rolling = { times: unpack(times), sharpe: unpack(sharpe), volatility: unpack(volatility), winRate: unpack(win_rate) };
  }
  symbol.trades = decodeTrades(packed.trades);
  symbol.trades.whyEntered = packed.reasons ? decodeReasons(packed.reasons) : () => [];
  decoded.set(index, symbol);
  return symbol;
}

function decodeCandles(packed) {
  const close = unpack(packed.close);
  // Candles hang together: open as the step from the close before, high and low as what sticks out of the body.
  const open = unpack(packed.open).map((step, i) => (i ? close[i - 1] : 0) + step);
  const high = unpack(packed.high).map((above, i) => Math.max(open[i], close[i]) + above);
  const low = unpack(packed.low).map((below, i) => Math.min(open[i], close[i]) + below);
  const volume = packed.volume ? unpack(packed.volume) : null;
  return { times: unpack(packed.times), open, high, low, close, volume, decimals: packed.close.decimals };
}

// Stretches of original bars, each as candles of its own.
function decodeDetail(packed) {
  const all = decodeCandles(packed.candles);
  let start = 0;
  const stretches = packed.lengths.map((length) => {
    const [from, to] = [start, (start += length)];
    const part = { decimals: all.decimals };
    for (const key of ["times", "open", "high", "low", "close"]) part[key] = all[key].subarray(from, to);
    part.volume = all.volume ? all.volume.subarray(from, to) : null;
    return part;
  });
  return { timeframe: packed.timeframe, stretches, starts: stretches.map((part) => part.times[0]) };
}

// The stretch that shows a trade from entry to exit; null if the page has none.
function detailOf(symbol, trade) {
  if (!symbol.detail) return null;
  const part = symbol.detail.stretches[lastAtOrBefore(symbol.detail.starts, symbol.trades.entryTime[trade])];
  return part && part.times[part.times.length - 1] >= symbol.trades.exitTime[trade] ? part : null;
}

function decodeTrades(packed) {
  const columns = {};
  for (const key of ["entry_time", "held", "kind", "entry_price", "exit_price", "size", "pnl", "pnl_pct", "fees", "carry", "mae", "mfe", "confidence"]) {
    columns[key] = unpack(packed[key]);
  }
  const { entry_time: entryTime, held, kind, entry_price: entryPrice, exit_price: exitPrice, size, pnl, pnl_pct: pnlPct, fees, carry, mae, mfe, confidence } = columns;
  return {
    count: entryTime.length, entryTime, exitTime: entryTime.map((time, i) => time + held[i]),
    long: kind.map((code) => (code % 2 === 0 ? 1 : 0)), reasonName: (i) => payload.reasons[Math.floor(kind[i] / 2)],
    entryPrice, exitPrice, size, pnl, pnlPct, fees, carry, mae, mfe, confidence,
  };
}

// A function from a trade to the sentences that say why it was entered.
function decodeReasons(packed) {
  const counts = unpack(packed.counts);
  const which = unpack(packed.which);
  const starts = new Float64Array(counts.length + 1);
  counts.forEach((count, i) => { starts[i + 1] = starts[i] + count; });
  return (trade) => Array.from(which.subarray(starts[trade], starts[trade + 1]), (position) => packed.sentences[position]);
}

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  state.log = asked.has("scale") ? asked.get("scale") === "log" : null;
  state.benchmark = asked.get("benchmark") !== "off";
  state.palette = asked.get("colours") === "blue-orange" ? "blue-orange" : "";
  const wanted = payload.symbols.findIndex((symbol) => symbol.name === asked.get("symbol"));
  const firstGood = payload.symbols.findIndex((symbol) => symbol.error === null);
  state.symbol = Math.max(0, wanted >= 0 ? wanted : firstGood);
  state.trade = asked.has("trade") ? Number(asked.get("trade")) - 1 : -1;
}

function writeAddress() {
  const address = new URLSearchParams();
  if (payload.symbols.length > 1) address.set("symbol", payload.symbols[state.symbol].name);
  if (state.trade >= 0) address.set("trade", state.trade + 1);
  if (state.log !== null) address.set("scale", state.log ? "log" : "linear");
  if (!state.benchmark) address.set("benchmark", "off");
  if (state.palette) address.set("colours", state.palette);
  history.replaceState(null, "", `#${address}`);
}

function buildView() {
  const equity = createEquityChart(byId("equity-chart"), byId("equity-legend"));
  const candles = createCandleChart(byId("candle-chart"), byId("candle-legend"), showTradeTip, selectTrade);
  const rolling = createRollingChart(byId("rolling-chart"), byId("rolling-legend"));
  const table = new TradeTable(byId("trade-table"), pickTrade);
  table.onArranged = (shown) => {
    byId("trade-count").textContent = shown === table.trades.count ? `${shown.toLocaleString()} trades` : `${shown.toLocaleString()} of ${table.trades.count.toLocaleString()} trades`;
  };
  return { equity, candles, rolling, table };
}

function current() {
  return decodeSymbol(state.symbol);
}

function showSymbol(index) {
  state.symbol = index;
  const symbol = current();
  const failed = symbol.error !== null;
  byId("symbol-choice").value = String(index);
  for (const title of document.querySelectorAll(".symbol-name")) title.textContent = symbol.name;
  for (const row of document.querySelectorAll("#symbol-table tbody tr")) row.classList.toggle("selected", Number(row.dataset.symbol) === index);
  byId("symbol-error").hidden = !failed;
  byId("symbol-error-text").textContent = failed ? symbol.error : "";
  byId("symbol-body").hidden = failed;
  if (!failed) fillSymbol(symbol);
}

function fillSymbol(symbol) {
  fillCards(symbol);
  for (const [id, caption] of Object.entries(symbol.captions)) byId(`${id}-caption`).textContent = caption;
  setSection("equity", symbol.equity !== null);
  if (symbol.equity) view.equity.show(symbol);
  byId("benchmark-switch").disabled = !symbol.equity?.benchmark;
  setSection("candle", symbol.candles !== null);
  if (symbol.candles) showCandles(symbol, symbol.candles);
  setSection("rolling", symbol.rolling !== null);
  if (symbol.rolling) view.rolling.show(symbol);
  drawHeatMap(byId("heat-map"), symbol.months);
  setSection("distribution", symbol.trades.count > 0);
  setSection("excursion", symbol.trades.count > 0);
  drawFigures();
  fillOpenPosition(symbol.open);
  fillReasons();
  view.table.show(symbol.trades);
}

// The candles of the whole span, or one stretch of original bars.
function showCandles(symbol, candles) {
  view.candles.show(candles, symbol.trades);
  byId("detail-note").hidden = candles === symbol.candles;
  byId("detail-note-text").textContent = symbol.detail ? `Original ${symbol.detail.timeframe} bars around this trade` : "";
}

// A section without data says so instead of showing an empty frame.
function setSection(name, present) {
  byId(`${name}-figure`).hidden = !present;
  byId(`${name}-none`).hidden = present;
}

function drawFigures() {
  const { trades } = current();
  if (trades.count === 0) return;
  drawHistogram(byId("histogram"), trades.pnlPct);
  drawScatter(byId("scatter"), (i, event) => showTradeTip(i, event && { x: event.offsetX, y: event.offsetY }, byId("excursion-figure")), trades, pickTrade);
}

function fillCards(symbol) {
  const find = (key) => payload.metrics.findIndex((definition) => definition.key === key);
  const cards = payload.cards.map(([key, besides]) => {
    const definition = payload.metrics[find(key)];
    const value = symbol.metrics[find(key)];
    const also = besides === null ? null : payload.metrics[find(besides)];
    return element("div", { class: "card", title: definition.help },
      element("div", { class: "card-name" }, definition.label),
      element("div", { class: `card-value ${definition.signed ? gainClass(value) : ""}` }, formatMetric(definition, value)),
      also ? element("div", { class: "card-besides" }, `${also.label} ${formatMetric(also, symbol.metrics[find(besides)])}`) : null);
  });
  byId("cards").replaceChildren(...cards);
  byId("all-metrics").replaceChildren(...payload.metrics.map((definition, i) => element("div", { title: definition.help },
    element("dt", {}, definition.label),
    element("dd", { class: definition.signed ? gainClass(symbol.metrics[i]) : "" }, formatMetric(definition, symbol.metrics[i])))));
}

function fillOpenPosition(open) {
  byId("open-position").hidden = open === null;
  if (!open) return;
  byId("open-position-text").replaceChildren(
    `${format.words(open.side)} ${open.size.toLocaleString(undefined, { maximumSignificantDigits: 6 })} since ${format.time(open.entry_time)} UTC at ${format.price(open.entry_price)}, stop ${open.stop === null ? DASH : format.price(open.stop)}, target ${open.target === null ? DASH : format.price(open.target)}. Unrealised `,
    element("b", { class: gainClass(open.unrealised_pnl) }, format.signed(open.unrealised_pnl)),
    " at the last close, exit costs not yet paid. It is part of the equity and of no trade figure.");
}

function fillReasons() {
  const { trades } = current();
  const used = new Set();
  for (let i = 0; i < trades.count; i++) used.add(trades.reasonName(i));
  byId("filter-reason").replaceChildren(element("option", { value: "" }, "All exits"),
    ...[...used].sort().map((reason) => element("option", { value: reason }, format.words(reason))));
}

function applyFilters() {
  const [side, result, reason] = ["side", "result", "reason"].map((name) => byId(`filter-${name}`).value);
  view.table.filter((t, i) =>
    (side === "" || (side === "long") === Boolean(t.long[i])) &&
    (result === "" || (result === "gain") === t.pnlPct[i] > 0) &&
    (reason === "" || t.reasonName(i) === reason));
}

// Shows a trade on the candles and selects it.
function pickTrade(trade) {
  const symbol = current();
  if (symbol.candles) {
    const candles = detailOf(symbol, trade) ?? symbol.candles;
    if (!view.candles.shows(candles)) showCandles(symbol, candles);
    view.candles.showTrade(trade);
    byId("candles").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
  selectTrade(trade);
}

function selectTrade(trade) {
  if (trade < 0) return;
  state.trade = trade;
  view.table.select(trade);
  view.candles.marks.select(trade);
  const why = current().trades.whyEntered(trade).map((sentence) => element("li", {}, sentence));
  byId("trade-detail").replaceChildren(...tradeWords(trade), ...(why.length ? [element("ul", { class: "why", "aria-label": "Why it was entered" }, ...why)] : []));
  writeAddress();
}

function tradeWords(i) {
  const t = current().trades;
  return [
    element("b", {}, `Trade ${(i + 1).toLocaleString()}: ${t.long[i] ? "\u25b2 long" : "\u25bc short"} `),
    element("b", { class: gainClass(t.pnlPct[i]) }, `${format.signed(t.pnl[i])} (${format.signedPercent(t.pnlPct[i])})`),
    element("span", {}, `In ${format.time(t.entryTime[i])} at ${format.price(t.entryPrice[i])}, out ${format.time(t.exitTime[i])} at ${format.price(t.exitPrice[i])}, held ${format.duration(t.exitTime[i] - t.entryTime[i])}`),
    element("span", {}, `Exit: ${format.words(t.reasonName(i)).toLowerCase()}; confidence ${format.number(t.confidence[i], 0)} %; fees ${format.number(t.fees[i])}; worst ${format.percent(t.mae[i])}, best ${format.signedPercent(t.mfe[i])} while open`),
  ];
}

function showTradeTip(trade, point, holder = byId("candle-figure")) {
  const tip = holder.querySelector(".tip");
  tip.hidden = !(trade >= 0);
  if (tip.hidden) return;
  const why = current().trades.whyEntered(trade);
  const more = why.length > 4 ? ` and ${why.length - 4} more: click for all` : "";
  tip.replaceChildren(...tradeWords(trade), ...(why.length ? [element("span", {}, `Why: ${why.slice(0, 4).join("; ")}${more}`)] : []));
  const room = holder.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(room, point.x + 16))}px`;
  tip.style.top = `${Math.max(8, point.y - tip.offsetHeight - 8)}px`;
}

function countInView() {
  const { marks } = view.candles;
  const [first, end] = marks.inView();
  const count = Math.max(0, end - first);
  const room = marks.room();
  const advice = room < ROOM_FOR_LINES ? ": zoom in to see them" : room < ROOM_FOR_MARKS ? ", as lines: zoom in for entries and exits" : "";
  byId("marks-note").textContent = `${count.toLocaleString()} ${count === 1 ? "trade" : "trades"} in view${advice}`;
}

// Logarithmic by choice, or where one line outgrew the other so far that it would press it flat.
function isLog() {
  if (state.log !== null) return state.log;
  const { equity } = current();
  if (!equity || !equity.benchmark) return false;
  const highest = (values) => values.reduce((high, value) => Math.max(high, value), 0);
  const lowest = (values) => values.reduce((low, value) => Math.min(low, value), Infinity);
  const low = Math.min(lowest(equity.equity), lowest(equity.benchmark));
  return low > 0 && Math.max(highest(equity.equity), highest(equity.benchmark)) > 8 * low;
}

function setScale() {
  const log = isLog();
  view.equity.setLog(log);
  byId("log-switch").setAttribute("aria-pressed", log);
  view.equity.setBenchmark(state.benchmark);
  byId("benchmark-switch").setAttribute("aria-pressed", state.benchmark);
}

function setPalette() {
  document.documentElement.dataset.palette = state.palette;
  byId("palette-switch").setAttribute("aria-pressed", state.palette !== "");
  rethemeCharts();
  if (current().error === null) drawFigures();
}

function save(name, text) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

function listen() {
  const on = (id, kind, action) => byId(id)?.addEventListener(kind, action);
  const choose = (index) => {
    state.trade = -1;
    byId("trade-detail").replaceChildren();
    showSymbol(index);
    setScale();
    applyFilters();
    writeAddress();
  };
  const step = (by) => choose((state.symbol + by + payload.symbols.length) % payload.symbols.length);
  // Plain links would overwrite what the address keeps.
  for (const link of document.querySelectorAll("[data-goto]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      byId(link.dataset.goto).scrollIntoView();
    });
  }
  on("symbol-choice", "change", (event) => choose(Number(event.target.value)));
  on("symbol-previous", "click", () => step(-1));
  on("symbol-next", "click", () => step(1));
  on("symbol-table", "click", (event) => {
    const row = event.target.closest("tr[data-symbol]");
    if (!row) return;
    choose(Number(row.dataset.symbol));
    byId("symbol").scrollIntoView();
  });
  on("log-switch", "click", () => { state.log = !isLog(); setScale(); writeAddress(); });
  on("benchmark-switch", "click", () => { state.benchmark = !state.benchmark; setScale(); writeAddress(); });
  on("palette-switch", "click", () => { state.palette = state.palette ? "" : "blue-orange"; setPalette(); writeAddress(); });
  on("equity-all", "click", () => view.equity.chart.timeScale().fitContent());
  const wholeSpan = () => {
    if (!view.candles.shows(current().candles)) showCandles(current(), current().candles);
  };
  on("candles-whole", "click", wholeSpan);
  on("candles-all", "click", () => { wholeSpan(); view.candles.chart.timeScale().fitContent(); });
  on("candles-last", "click", () => { wholeSpan(); view.candles.showLast(120); });
  on("jump-date", "change", (event) => {
    const seconds = Date.parse(event.target.value) / 1000;
    if (!Number.isFinite(seconds)) return;
    wholeSpan();
    view.candles.showTime(seconds);
  });
  for (const name of ["side", "result", "reason"]) on(`filter-${name}`, "change", applyFilters);
  on("export-csv", "click", () => save(`${payload.run}-${current().name}-trades.csv`, view.table.csv()));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (payload.symbols.length > 1 && event.key === "[") step(-1);
    if (payload.symbols.length > 1 && event.key === "]") step(1);
  });
  view.candles.chart.timeScale().subscribeVisibleLogicalRangeChange(perFrame(countInView));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setPalette);
  addEventListener("resize", perFrame(() => { if (current().error === null) drawFigures(); }));
  addEventListener("hashchange", () => { readAddress(); open(); });
  const symbols = byId("symbol-table");
  if (symbols) makeSortable(symbols);
}

function open() {
  showSymbol(state.symbol);
  setScale();
  setPalette();
  const { trades, error } = current();
  if (error === null && state.trade >= 0 && state.trade < trades.count) pickTrade(state.trade);
}

function start() {
  readAddress();
  view = buildView();
  listen();
  open();
  requestAnimationFrame(() => {
    const drawn = [...document.querySelectorAll("canvas")].filter((canvas) => canvas.width > 0 && canvas.height > 0);
    document.documentElement.dataset.charts = drawn.length;
    document.documentElement.dataset.ready = "true";
  });
}

// What goes wrong is said on the page and kept where a test finds it.
addEventListener("error", (event) => {
  document.documentElement.dataset.error = event.message;
  byId("script-error").hidden = false;
  byId("script-error-text").textContent = event.message;
});
start();
