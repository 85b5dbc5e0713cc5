// Figures without a time axis, made of HTML, SVG and canvas: monthly heat map, histogram, scatter.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// A table of years by months; the cell's tint grows with the return, its text says it.
function drawHeatMap(container, months) {
  const strongest = Math.max(1, ...months.map(([, , percent]) => Math.abs(percent)));
  const cell = (percent, title, tag = "td") => {
    if (percent === undefined) return element("td", { class: "none" }, element("span", { "aria-label": "no data" }, "\u00b7"));
    const strength = Math.round(12 + 58 * Math.min(1, Math.abs(percent) / strongest));
    const tint = percent === 0 ? "" : `--tint: var(--${percent > 0 ? "gain" : "loss"}); --strength: ${strength}%`;
    return element(tag, { style: tint, title }, format.signed(percent, 1));
  };
  const years = [...new Set(months.map(([year]) => year))];
  const rows = years.map((year) => {
    const ofYear = months.filter(([of]) => of === year);
    const byMonth = new Map(ofYear.map(([, month, percent]) => [month, percent]));
    const total = (ofYear.reduce((product, [, , percent]) => product * (1 + percent / 100), 1) - 1) * 100;
    return element("tr", {}, element("th", { scope: "row" }, `${year}`),
      ...MONTHS.map((name, i) => cell(byMonth.get(i + 1), `${name} ${year}: ${format.signedPercent(byMonth.get(i + 1), 3)}`)),
      cell(total, `${year}: ${format.signedPercent(total, 3)}`));
  });
  const head = element("tr", {}, element("th", { scope: "col" }, "Year"),
    ...MONTHS.map((name) => element("th", { scope: "col" }, name)), element("th", { scope: "col" }, "Total"));
  container.replaceChildren(element("table", { class: "heat" }, element("thead", {}, head), element("tbody", {}, ...rows)));
}

// Counts of trade returns between the 1st and 99th percentile in equal bins, the rest in the outermost ones; zero
// always falls on an edge, so that no bin holds gains and losses.
function histogramBins(values) {
  const sorted = Float64Array.from(values).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const low = Math.min(0, at(0.01));
  const high = Math.max(0, at(0.99));
  const wanted = Math.max(6, Math.min(48, Math.round(Math.sqrt(sorted.length) * 1.6)));
  const width = (high - low) / wanted || 1;
  const below = Math.ceil(-low / width - 1e-9);
  const count = Math.max(1, below + Math.ceil(high / width - 1e-9));
  const bins = new Array(count).fill(0);
  for (const value of sorted) {
    bins[Math.max(0, Math.min(count - 1, Math.floor(value / width) + below))]++;
  }
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { bins, width, start: -below * width, median };
}

function drawHistogram(container, values) {
  const { bins, width, start, median } = histogramBins(values);
  const [w, h, bottom, top] = [Math.max(280, container.clientWidth), 240, 24, 22];
  const highest = Math.max(...bins);
  const step = w / bins.length;
  const y = (count) => h - bottom - (count / highest) * (h - bottom - top);
  const bars = bins.map((count, i) => {
    const from = start + i * width;
    const last = i === bins.length - 1;
    const label = `${i === 0 ? "below" : format.signedPercent(from)}${i === 0 ? " " : last ? " and above" : " to "}${last && i > 0 ? "" : format.signedPercent(from + width)}: ${count.toLocaleString()} trades`;
    const bar = svgElement("rect", { x: i * step + 0.5, y: y(count), width: Math.max(1, step - 1), height: h - bottom - y(count), class: from < -1e-12 ? "loss" : "gain" });
    const target = svgElement("rect", { x: i * step, y: 0, width: step, height: h - bottom, class: "target" }, svgElement("title", {}, label));
    return svgElement("g", {}, bar, target);
  });
  const x = (value) => ((value - start) / width) * step;
  const ticks = niceTicks(start, start + bins.length * width, Math.min(8, Math.floor(w / 70)))
    .map((value) => [value, Math.max(18, Math.min(w - 18, x(value)))])
    .map(([value, at]) => svgElement("text", { x: at, y: h - 7, "text-anchor": "middle" }, format.signedPercent(value, Math.abs(width) < 0.05 ? 2 : 1)));
  const marker = Math.max(0, Math.min(w, x(median)));
  const side = marker > w / 2 ? "end" : "start";
  const image = svgElement("svg", { viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": `Distribution of ${values.length} trade returns, median ${format.signedPercent(median)}` },
    ...bars,
    svgElement("line", { x1: 0, x2: w, y1: h - bottom, y2: h - bottom, class: "axis" }),
    svgElement("line", { x1: marker, x2: marker, y1: 8, y2: h - bottom, class: "median" }),
    svgElement("text", { x: marker + (side === "end" ? -6 : 6), y: 16, "text-anchor": side, class: "strong" }, `median ${format.signedPercent(median)}`),
    ...ticks);
  container.replaceChildren(image);
}

// How far each trade went against us (across) and for us (up) before it ended, coloured by its result.
function drawScatter(canvas, tip, trades, onPick) {
  const [w, h] = [Math.max(260, canvas.parentElement.clientWidth), 240];
  const [left, right, top, bottom] = [44, 10, 8, 36];
  const context = sharpContext(canvas, w, h);
  const share = (column) => Float64Array.from(column, Math.abs).sort()[Math.floor(column.length * 0.99)] || 1;
  const [across, up] = [share(trades.mae) * 1.05, share(trades.mfe) * 1.05];
  const x = (i) => left + Math.min(1, Math.abs(trades.mae[i]) / across) * (w - left - right);
  const y = (i) => h - bottom - Math.min(1, trades.mfe[i] / up) * (h - top - bottom);
  context.clearRect(0, 0, w, h);
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = colour("muted");
  context.strokeStyle = colour("grid");
  context.textAlign = "center";
  for (const tick of niceTicks(0, across, 5)) {
    const at = left + (tick / across) * (w - left - right);
    context.strokeRect(at, top, 0, h - top - bottom);
    context.fillText(format.number(tick, across < 2 ? 1 : 0), at, h - bottom + 14);
  }
  context.textAlign = "right";
  for (const tick of niceTicks(0, up, 4)) {
    const at = h - bottom - (tick / up) * (h - top - bottom);
    context.strokeRect(left, at, w - left - right, 0);
    context.fillText(format.number(tick, up < 2 ? 1 : 0), left - 6, at + 4);
  }
  context.textAlign = "center";
  context.fillText("worst loss while open, %", left + (w - left - right) / 2, h - 5);
  context.save();
  context.translate(11, top + (h - top - bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText("best gain while open, %", 0, 0);
  context.restore();
  const [gain, loss] = [colour("gain"), colour("loss")];
  context.globalAlpha = trades.count > 2000 ? 0.25 : 0.6;
  for (let i = 0; i < trades.count; i++) {
    context.fillStyle = trades.pnlPct[i] > 0 ? gain : loss;
    context.beginPath();
    // Gains are round and losses square: shape says what colour says.
    if (trades.pnlPct[i] > 0) context.arc(x(i), y(i), 2.6, 0, 2 * Math.PI);
    else context.rect(x(i) - 2.2, y(i) - 2.2, 4.4, 4.4);
    context.fill();
  }
  context.globalAlpha = 1;
  const nearest = (event) => {
    const box = canvas.getBoundingClientRect();
    const [px, py] = [((event.clientX - box.left) / box.width) * w, ((event.clientY - box.top) / box.height) * h];
    let [best, least] = [-1, 100];
    for (let i = 0; i < trades.count; i++) {
      const distance = (x(i) - px) ** 2 + (y(i) - py) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  };
  canvas.onmousemove = (event) => {
    const i = nearest(event);
    canvas.style.cursor = i < 0 ? "" : "pointer";
    tip(i, event);
  };
  canvas.onmouseleave = () => tip(-1);
  canvas.onclick = (event) => {
    const i = nearest(event);
    if (i >= 0) onPick(i);
  };
}
