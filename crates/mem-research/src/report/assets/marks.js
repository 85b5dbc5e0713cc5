// Trades on candles: a triangle where a position opened, a square where it closed, a line between, coloured by its
// result. Plugged into the candle series; draws only what is in view.

// Pixels per trade below which marks would hide the candles, and below which even lines would.
const ROOM_FOR_LARGE_MARKS = 24;
const ROOM_FOR_MARKS = 9;
const ROOM_FOR_LINES = 0.5;

class TradeMarks {
  constructor() {
    this.trades = null;
    this.entries = new Float64Array(0);
    this.exits = new Float64Array(0);
    this.first = 0;
    this.end = 0;
    this.selected = -1;
    const renderer = { draw: (target) => target.useMediaCoordinateSpace((scope) => this.draw(scope)) };
    this.views = [{ zOrder: () => "top", renderer: () => renderer }];
  }

  attached({ chart, series, requestUpdate }) {
    this.chart = chart;
    this.series = series;
    this.repaint = requestUpdate;
  }

  paneViews() {
    return this.views;
  }

  repaint() {}

  // Which candle each entry and each exit lies on. Trades that neither begin nor end on these candles are left out.
  setTrades(trades, candleTimes) {
    this.trades = trades;
    this.selected = -1;
    this.first = lastAtOrBefore(trades.exitTime, candleTimes[0] - 1) + 1;
    this.end = lastAtOrBefore(trades.entryTime, candleTimes[candleTimes.length - 1]) + 1;
    const place = (seconds) => Math.max(0, lastAtOrBefore(candleTimes, seconds));
    this.entries = trades.entryTime.map(place);
    this.exits = trades.exitTime.map(place);
    this.repaint();
  }

  select(position) {
    this.selected = position;
    this.repaint();
  }

  candlesOf(position) {
    return [this.entries[position], this.exits[position]];
  }

  // Trades that touch the candles in view. They are in order of exit and do not overlap, so both ends are sorted.
  inView() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range || !this.trades) return [0, 0];
    const [first, end] = [lastAtOrBefore(this.exits, range.from - 1) + 1, lastAtOrBefore(this.entries, range.to + 1) + 1];
    return [Math.max(first, this.first), Math.min(end, this.end)];
  }

  // How many pixels of width each trade in view has.
  room() {
    const [first, end] = this.inView();
    return this.chart.timeScale().width() / Math.max(1, end - first);
  }

  point(candle, price) {
    return [this.chart.timeScale().logicalToCoordinate(candle), this.series.priceToCoordinate(price)];
  }

  draw({ context }) {
    const [first, end] = this.inView();
    const room = this.room();
    if (room < ROOM_FOR_LINES) return;
    const paint = { gain: colour("gain"), loss: colour("loss"), long: colour("accent"), short: colour("amber"), edge: colour("surface") };
    const size = room >= ROOM_FOR_LARGE_MARKS ? 5 : room >= ROOM_FOR_MARKS ? 3.5 : 0;
    for (let i = first; i < end; i++) this.drawTrade(context, i, paint, size);
  }

  drawTrade(context, i, paint, usualSize) {
    const { entryPrice, exitPrice, pnlPct, long } = this.trades;
    const [x1, y1] = this.point(this.entries[i], entryPrice[i]);
    const [x2, y2] = this.point(this.exits[i], exitPrice[i]);
    if (x1 === null || x2 === null || y1 === null || y2 === null) return;
    const result = pnlPct[i] > 0 ? paint.gain : paint.loss;
    const selected = i === this.selected;
    context.strokeStyle = result;
    context.lineWidth = selected ? 2.5 : 1.25;
    context.setLineDash(selected ? [] : [4, 3]);
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.setLineDash([]);
    const size = selected ? 7 : usualSize;
    if (size === 0) return;
    const up = long[i] ? 1 : -1;
    context.fillStyle = long[i] ? paint.long : paint.short;
    context.strokeStyle = paint.edge;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x1, y1 - size * up);
    context.lineTo(x1 - size, y1 + size * up);
    context.lineTo(x1 + size, y1 + size * up);
    context.closePath();
    context.fill();
    context.stroke();
    context.fillStyle = result;
    context.fillRect(x2 - size + 1, y2 - size + 1, 2 * size - 2, 2 * size - 2);
    context.strokeRect(x2 - size + 1, y2 - size + 1, 2 * size - 2, 2 * size - 2);
  }

  // The trade whose entry or exit mark lies under the pointer; -1 if none does.
  near(x, y) {
    const [first, end] = this.inView();
    if (this.room() < ROOM_FOR_MARKS) return -1;
    let best = -1;
    let least = 14 * 14;
    for (let i = first; i < end; i++) {
      const ends = [[this.entries[i], this.trades.entryPrice[i]], [this.exits[i], this.trades.exitPrice[i]]];
      for (const [candle, price] of ends) {
        const [px, py] = this.point(candle, price);
        const distance = (px - x) ** 2 + (py - y) ** 2;
        if (distance < least) {
          least = distance;
          best = i;
        }
      }
    }
    return best;
  }
}
