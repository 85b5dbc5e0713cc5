// Which trades are shown, in which order: read from the address and written to it.

/** What a list of trades may be sorted by. */
export const SORTS = ["closed_at", "opened_at", "pnl", "return_pct", "confidence", "symbol"] as const;
export type SortColumn = (typeof SORTS)[number];

export interface Filters {
  symbol: string;
  side: "" | "long" | "short";
  result: "" | "win" | "loss";
  /** At least so sure, 0 to 1; undefined for any. */
  confidence: number | undefined;
  /** Closed not before, not after; milliseconds since the Unix epoch. */
  from: number | undefined;
  to: number | undefined;
  /** A column, with a minus in front where the largest comes first. */
  sort: string;
}

/** All trades, the latest first. */
export const EVERY_TRADE: Filters = {
  symbol: "",
  side: "",
  result: "",
  confidence: undefined,
  from: undefined,
  to: undefined,
  sort: "-closed_at",
};

/** Stretches of time to choose from, back from the market's clock. */
export const SPANS: Record<string, number> = { day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

function day(text: string | undefined): number | undefined {
  const ms = text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text) ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Reads an address; `clock` is the market's time, for spans. What makes no sense is left out. */
export function readFilters(search: Record<string, string>, clock: number | null): Filters {
  const { side = "", result = "", symbol = "", span = "", sort = "" } = search;
  const confidence = Number(search["confidence"] ?? "");
  const back = SPANS[span];
  const until = day(search["to"]);
  // A span moves with the clock a minute at a time, so that what is loaded stays what is shown.
  const minute = clock === null ? null : Math.floor(clock / 60_000) * 60_000;
  return {
    symbol,
    side: side === "long" || side === "short" ? side : "",
    result: result === "win" || result === "loss" ? result : "",
    confidence: confidence > 0 && confidence <= 100 ? confidence / 100 : undefined,
    from: back === undefined ? day(search["from"]) : minute === null ? undefined : minute - back,
    to: until === undefined ? undefined : until + 86_400_000,
    sort: SORTS.some((column) => sort === column || sort === `-${column}`) ? sort : EVERY_TRADE.sort,
  };
}

/** The order after a click on a column: the largest first, then the smallest; names the other way round. */
export function nextSort(now: string, column: SortColumn): string {
  const first = column === "symbol" ? column : `-${column}`;
  const second = column === "symbol" ? `-${column}` : column;
  return now === first ? second : first;
}

/** How a column is sorted. */
export function sortOf(now: string, column: SortColumn): "ascending" | "descending" | "none" {
  if (now === column) return "ascending";
  return now === `-${column}` ? "descending" : "none";
}
