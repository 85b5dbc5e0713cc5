// The sortable table of symbols, and the table of trades: virtual rows, filters, keyboard, CSV.

// Sorts a plain table by the column whose header button is pressed; the cells' `data-value` decide.
function makeSortable(table) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button")?.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => compareCells(value(a), value(b), descending));
      body.append(...rows);
    });
  });
}

// Undefined values stay at the end, whichever way the column is sorted.
function compareCells(a, b, descending) {
  if (a === "" || b === "") return (a === "") - (b === "");
  const [x, y] = [Number(a), Number(b)];
  const order = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  return descending ? -order : order;
}

const TRADE_COLUMNS = [
  { key: "number", name: "#", width: "40px", value: (t, i) => i + 1, text: (t, i) => `${i + 1}` },
  { key: "side", name: "Side", width: "62px", left: true, value: (t, i) => t.long[i], text: (t, i) => (t.long[i] ? "\u25b2 Long" : "\u25bc Short") },
  { key: "entry", name: "Entry, UTC", width: "128px", left: true, value: (t, i) => t.entryTime[i], text: (t, i) => format.time(t.entryTime[i]) },
  { key: "entryPrice", name: "Price in", width: "80px", value: (t, i) => t.entryPrice[i], text: (t, i) => format.price(t.entryPrice[i]) },
  { key: "exit", name: "Exit, UTC", width: "128px", left: true, value: (t, i) => t.exitTime[i], text: (t, i) => format.time(t.exitTime[i]) },
  { key: "exitPrice", name: "Price out", width: "80px", value: (t, i) => t.exitPrice[i], text: (t, i) => format.price(t.exitPrice[i]) },
  { key: "held", name: "Held", width: "66px", value: (t, i) => t.exitTime[i] - t.entryTime[i], text: (t, i) => format.duration(t.exitTime[i] - t.entryTime[i]) },
  { key: "size", name: "Size", width: "72px", value: (t, i) => t.size[i], text: (t, i) => t.size[i].toLocaleString(undefined, { maximumSignificantDigits: 5 }) },
  { key: "pnl", name: "P&L", width: "86px", gain: true, value: (t, i) => t.pnl[i], text: (t, i) => format.signed(t.pnl[i]) },
  { key: "pnlPct", name: "P&L %", width: "64px", gain: true, value: (t, i) => t.pnlPct[i], text: (t, i) => format.signed(t.pnlPct[i]) },
  { key: "reason", name: "Exit reason", width: "minmax(92px, 1fr)", left: true, value: (t, i) => t.reasonName(i), text: (t, i) => format.words(t.reasonName(i)) },
  { key: "fees", name: "Fees", width: "62px", value: (t, i) => t.fees[i], text: (t, i) => format.number(t.fees[i]) },
  { key: "carry", name: "Carry", width: "62px", value: (t, i) => t.carry[i], text: (t, i) => format.number(t.carry[i]) },
  { key: "mae", name: "MAE %", width: "62px", value: (t, i) => t.mae[i], text: (t, i) => format.number(t.mae[i]) },
  { key: "mfe", name: "MFE %", width: "62px", value: (t, i) => t.mfe[i], text: (t, i) => format.number(t.mfe[i]) },
  { key: "confidence", name: "Conf. %", width: "58px", value: (t, i) => t.confidence[i], text: (t, i) => format.number(t.confidence[i], 0) },
];

class TradeTable {
  constructor(root, onPick) {
    this.root = root;
    this.onPick = onPick;
    this.trades = null;
    this.order = [];
    this.sort = { column: TRADE_COLUMNS[0], descending: false };
    this.selected = -1;
    this.keep = () => true;
    this.scroller = element("div", { class: "trade-scroll", tabindex: "0", role: "table", "aria-label": "Trades. Up and down select, Enter shows the trade on the chart." });
    this.head = element("div", { class: "trade-row trade-head", role: "row" }, ...TRADE_COLUMNS.map((column) => this.headCell(column)));
    this.space = element("div", { class: "trade-space", role: "rowgroup" });
    this.scroller.append(this.head, this.space);
    root.replaceChildren(this.scroller);
    const paint = perFrame(() => this.paint());
    this.scroller.addEventListener("scroll", paint, { passive: true });
    new ResizeObserver(paint).observe(this.scroller);
    this.scroller.addEventListener("keydown", (event) => this.onKey(event));
    this.space.addEventListener("click", (event) => {
      const row = event.target.closest("[data-at]");
      if (row) this.pick(Number(row.dataset.at));
    });
  }

  headCell(column) {
    const button = element("button", { type: "button", onclick: () => this.sortBy(column) }, column.name);
    return element("div", { role: "columnheader", class: `cell c-${column.key}${column.left ? " left" : ""}`, "data-key": column.key }, button);
  }

  show(trades) {
    this.trades = trades;
    this.selected = -1;
    // Most markets have no funding or interest: no column of zeros.
    this.root.classList.toggle("no-carry", trades.carry.every((paid) => paid === 0));
    const shown = TRADE_COLUMNS.filter((column) => column.key !== "carry" || !this.root.classList.contains("no-carry"));
    this.root.style.setProperty("--trade-columns", shown.map((column) => column.width).join(" "));
    this.arrange();
  }

  filter(keep) {
    this.keep = keep;
    this.arrange();
  }

  sortBy(column) {
    const again = this.sort.column === column;
    this.sort = { column, descending: again ? !this.sort.descending : column.gain === true };
    this.arrange();
  }

  arrange() {
    const { column, descending } = this.sort;
    this.order = [];
    for (let i = 0; i < this.trades.count; i++) if (this.keep(this.trades, i)) this.order.push(i);
    const value = (i) => column.value(this.trades, i);
    this.order.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const order = typeof x === "string" ? x.localeCompare(y) : x - y;
      return (descending ? -order : order) || a - b;
    });
    for (const cell of this.head.children) {
      if (cell.dataset.key === column.key) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    this.scroller.setAttribute("aria-rowcount", this.order.length + 1);
    this.scroller.scrollTop = 0;
    this.paint();
    this.onArranged?.(this.order.length);
  }

  rowHeight() {
    return parseFloat(getComputedStyle(this.root).getPropertyValue("--row")) || 32;
  }

  // Only rows in view exist.
  paint() {
    if (!this.trades) return;
    const height = this.rowHeight();
    this.space.style.height = `${this.order.length * height}px`;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - 6);
    const end = Math.min(this.order.length, first + Math.ceil(this.scroller.clientHeight / height) + 14);
    const rows = [];
    for (let at = first; at < end; at++) rows.push(this.row(at, height));
    if (this.order.length === 0) rows.push(element("p", { class: "empty" }, this.trades.count ? "No trade matches the filter. Choose \u201cAll\u201d to see every trade." : "No trade was made: the strategy never decided to enter, or every entry was refused."));
    this.space.replaceChildren(...rows);
  }

  row(at, height) {
    const i = this.order[at];
    const cells = TRADE_COLUMNS.map((column) => {
      const colouring = column.gain ? ` ${gainClass(column.value(this.trades, i))}` : "";
      return element("div", { role: "cell", class: `cell c-${column.key}${column.left ? " left" : ""}${colouring}` }, column.text(this.trades, i));
    });
    return element("div", {
      role: "row", class: `trade-row${i === this.selected ? " selected" : ""}`, "data-at": at, "aria-rowindex": at + 2,
      style: `transform: translateY(${at * height}px)`,
    }, ...cells);
  }

  pick(at) {
    this.selected = this.order[at];
    this.paint();
    this.onPick(this.selected);
  }

  select(trade) {
    this.selected = trade;
    const at = this.order.indexOf(trade);
    if (at >= 0) this.reveal(at);
    this.paint();
  }

  reveal(at) {
    const height = this.rowHeight();
    const view = this.scroller.clientHeight - this.head.offsetHeight;
    const top = at * height;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    if (top + height > this.scroller.scrollTop + view) this.scroller.scrollTop = top + height - view;
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = this.order.indexOf(this.selected);
    if (step && this.order.length) {
      const next = Math.max(0, Math.min(this.order.length - 1, at + step));
      this.selected = this.order[next];
      this.reveal(next);
      this.paint();
    } else if (event.key === "Enter" && at >= 0) {
      this.onPick(this.selected);
    } else {
      return;
    }
    event.preventDefault();
  }

  // What is filtered, in the order shown, with full precision and times in RFC 3339.
  csv() {
    const t = this.trades;
    const instant = (seconds) => new Date(seconds * 1000).toISOString();
    const columns = [
      ["entry_time", (i) => instant(t.entryTime[i])], ["exit_time", (i) => instant(t.exitTime[i])],
      ["side", (i) => (t.long[i] ? "long" : "short")],
      ...["entryPrice", "exitPrice", "size", "pnl", "pnlPct", "fees", "carry", "mae", "mfe", "confidence"]
        .map((key) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), (i) => t[key][i]]),
      ["exit_reason", (i) => t.reasonName(i)],
    ];
    const lines = this.order.map((i) => columns.map(([, value]) => value(i)).join(","));
    return [columns.map(([name]) => name).join(","), ...lines, ""].join("\n");
  }
}
