// What a stream holds after a frame: pure functions, one a topic.

import type { LiveBar, Topic, Topics } from "./messages";

const MOST_ROWS = 200;
const MOST_BARS = 1_000;

/** Puts new or changed rows in front of those that are known, one of each key, the newest first. */
export function upsert<T>(
  known: readonly T[],
  arrived: readonly T[],
  key: (row: T) => unknown,
  at: (row: T) => number,
  most = MOST_ROWS,
): T[] {
  const keys = new Set(arrived.map(key));
  const rows = [...arrived, ...known.filter((row) => !keys.has(key(row)))];
  return rows.sort((a, b) => at(b) - at(a)).slice(0, most);
}

/** Puts bars where their open times say; one that is there already is replaced. Ascending in, ascending out. */
export function mergeBars(known: readonly LiveBar[], arrived: readonly LiveBar[], most = MOST_BARS): LiveBar[] {
  const bars = [...known];
  for (const bar of arrived) {
    let at = bars.length;
    while (at > 0 && (bars[at - 1]?.[0] ?? 0) > bar[0]) at -= 1;
    const same = at > 0 && bars[at - 1]?.[0] === bar[0];
    bars.splice(same ? at - 1 : at, same ? 1 : 0, bar);
  }
  return bars.length > most ? bars.slice(bars.length - most) : bars;
}

type Merge = { [K in Topic]?: (known: Topics[K], delta: Topics[K]) => Topics[K] };

/** Topics whose deltas are not the whole thing again. */
const merges: Merge = {
  trades: (known, { trades, left_out }) => ({ trades: [...known.trades, ...trades].slice(-MOST_ROWS), left_out }),
  bars: (known, { timeframe, bars, closed }) => ({
    timeframe,
    bars: known.timeframe === timeframe ? mergeBars(known.bars, bars) : bars,
    closed,
  }),
  prices: (known, { prices }) => ({ prices: { ...known.prices, ...prices } }),
  signals: (known, { signals }) => ({
    signals: upsert(
      known.signals,
      signals,
      (signal) => `${signal.decision} ${signal.ts} ${signal.symbol}`,
      ({ ts }) => ts,
    ),
  }),
  orders: (known, { orders }) => ({
    orders: upsert(
      known.orders,
      orders,
      (order) => order.client_order_id,
      ({ ts }) => ts,
    ),
  }),
  fills: (known, { fills }) => ({
    fills: upsert(
      known.fills,
      fills,
      ({ id }) => id,
      ({ ts }) => ts,
    ),
  }),
  closed: (known, { trades }) => ({
    trades: upsert(
      known.trades,
      trades,
      (trade) => trade.decision ?? `${trade.symbol} ${trade.entry_ts}`,
      ({ entry_ts, exit_ts }) => exit_ts ?? entry_ts,
    ),
  }),
  logs: (known, { logs }) => ({
    logs: upsert(
      known.logs,
      logs,
      (line) => line.id ?? `${line.ts} ${line.message}`,
      ({ ts }) => ts,
    ),
  }),
};

/** Topics that begin with nothing: a snapshot of theirs is put in order like a delta. */
const nothing: { [K in Topic]?: Topics[K] } = {
  signals: { signals: [] },
  orders: { orders: [] },
  fills: { fills: [] },
  closed: { trades: [] },
  logs: { logs: [] },
};

/** What a topic holds after a delta; with nothing known, after a snapshot. */
export function merged<K extends Topic>(topic: K, known: Topics[K] | null, delta: Topics[K]): Topics[K] {
  const merge = merges[topic];
  const before = known ?? nothing[topic];
  return before === undefined || merge === undefined ? delta : merge(before, delta);
}
