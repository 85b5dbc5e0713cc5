// Columns of the table of trades, and which of them this browser shows.

import { signal } from "@preact/signals";

import type { SortColumn } from "./filters";

export type ColumnName =
  | "opened"
  | "closed"
  | "symbol"
  | "side"
  | "qty"
  | "entry"
  | "exit"
  | "pnl"
  | "return"
  | "fees"
  | "held"
  | "confidence"
  | "reason"
  | "strategy";

export interface Column {
  name: ColumnName;
  title: string;
  sort: SortColumn | null;
  number: boolean;
  /** What it means, where its title does not say all. */
  hint?: string;
  /** Of what is left of the width, in relation to the others. */
  width: string;
}

export const columns: Column[] = [
  { name: "closed", title: "Closed", sort: "closed_at", number: false, width: "130px" },
  { name: "opened", title: "Opened", sort: "opened_at", number: false, width: "130px" },
  { name: "symbol", title: "Symbol", sort: "symbol", number: false, width: "minmax(90px, 1.2fr)" },
  { name: "side", title: "Side", sort: null, number: false, width: "74px" },
  { name: "qty", title: "Size", sort: null, number: true, width: "minmax(70px, 1fr)" },
  { name: "entry", title: "Entry", sort: null, number: true, width: "minmax(80px, 1fr)" },
  { name: "exit", title: "Exit", sort: null, number: true, width: "minmax(80px, 1fr)" },
  { name: "pnl", title: "P&L", hint: "realised, after fees", sort: "pnl", number: true, width: "minmax(90px, 1fr)" },
  {
    name: "return",
    title: "Return",
    hint: "after fees, of what was entered",
    sort: "return_pct",
    number: true,
    width: "minmax(90px, 1fr)",
  },
  { name: "fees", title: "Fees", hint: "of both ways", sort: null, number: true, width: "minmax(64px, 0.8fr)" },
  { name: "held", title: "Held", sort: null, number: true, width: "70px" },
  {
    name: "confidence",
    title: "Confidence",
    hint: "how sure the strategy was",
    sort: "confidence",
    number: true,
    width: "110px",
  },
  { name: "reason", title: "Ended by", sort: null, number: false, width: "minmax(80px, 1fr)" },
  { name: "strategy", title: "Strategy", sort: null, number: false, width: "minmax(90px, 1fr)" },
];

const KEY = "mem.trades.hidden";
const AT_FIRST: ColumnName[] = ["opened", "fees", "strategy"];

function stored(): ColumnName[] {
  try {
    const text = localStorage.getItem(KEY);
    if (text === null) return AT_FIRST;
    const names = text.split(",");
    return columns.map(({ name }) => name).filter((name) => names.includes(name));
  } catch {
    return AT_FIRST;
  }
}

/** Columns that are not shown. */
export const hidden = signal<ColumnName[]>(stored());

/** Shows a column or hides it, and remembers that. The symbol is always shown. */
export function toggleColumn(name: ColumnName): void {
  const now = hidden.value;
  hidden.value = now.includes(name) ? now.filter((one) => one !== name) : [...now, name];
  try {
    localStorage.setItem(KEY, hidden.value.join(","));
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
}
