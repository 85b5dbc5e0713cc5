// The figures of a tested series: what each is called, how it is written, what it means.

import { count, fixed, percent, percentChange, signed } from "../format";

/** One figure. Values are as stored: shares and changes as fractions of one. */
export interface FigureColumn {
  key: string;
  label: string;
  help: string;
  kind: "change" | "share" | "ratio" | "count" | "days" | "bars" | "money" | "gain";
  /** Shown before all others are asked for. */
  main: boolean;
}

function column(key: string, label: string, kind: FigureColumn["kind"], help: string, main = false): FigureColumn {
  return { key, label, kind, help, main };
}

/** All that the pages know, in the order of the table. */
export const figureColumns: readonly FigureColumn[] = [
  column("total_return", "return", "change", "End over start of the account, less one, after all costs", true),
  column("buy_and_hold", "hold", "change", "What buying at the start and holding would have made, before costs", true),
  column("annual_return", "a year", "change", "The return as a yearly rate", true),
  column("sharpe", "Sharpe", "ratio", "Mean over deviation of the returns of the bars, a year", true),
  column("sortino", "Sortino", "ratio", "As Sharpe, counting only the downside as risk", true),
  column("calmar", "Calmar", "ratio", "Yearly return over the largest drawdown"),
  column("max_drawdown", "max drawdown", "change", "The deepest fall from a peak of the account", true),
  column("max_drawdown_days", "longest drawdown", "days", "The longest time below a peak"),
  column("volatility", "volatility", "share", "Deviation of the returns, a year"),
  column("total_trades", "trades", "count", "Positions that were closed", true),
  column("win_rate", "win rate", "share", "Share of closed positions that made money, after costs", true),
  column("profit_factor", "profit factor", "ratio", "Gains over losses of the closed positions", true),
  column("payoff_ratio", "payoff", "ratio", "Mean gain over mean loss"),
  column("avg_trade", "mean trade", "change", "Mean return of a position"),
  column("best_trade", "best trade", "change", "The best position"),
  column("worst_trade", "worst trade", "change", "The worst position"),
  column("avg_bars_held", "bars held", "bars", "How long positions were held on average"),
  column("max_consecutive_losses", "losses in a row", "count", "The longest run of losing positions"),
  column("average_weight", "mean weight", "share", "Share of the portfolio's value on average", true),
  column(
    "contribution",
    "contribution",
    "gain",
    "What it added to the portfolio, in the currency of the account",
    true,
  ),
  column("exposure", "exposure", "share", "Share of bars with an open position", true),
  column("turnover", "turnover", "ratio", "Traded value over the start of the account"),
  column("fees_paid", "fees", "money", "Fees paid, in the currency of the account"),
  column("bars", "bars", "count", "How many bars were tested"),
];

/** A value as the table writes it. */
export function figureText(value: number | null, kind: FigureColumn["kind"]): string {
  switch (kind) {
    case "change":
      return percentChange(value === null ? null : value * 100);
    case "share":
      return percent(value === null ? null : value * 100);
    case "ratio":
      return fixed(value, 2);
    case "count":
      return count(value);
    case "days":
      return value === null ? "—" : `${fixed(value, 0)} d`;
    case "bars":
      return fixed(value, 1);
    case "money":
      return fixed(value, 2);
    case "gain":
      return signed(value, 2);
  }
}

/** One row of the table. */
export interface FigureRow {
  label: string;
  /** The series to look at, where there is one. */
  series: { venue: string; symbol: string; timeframe: string } | null;
  /** Another run that the row stands for. */
  run: string | null;
  /** Why there are no figures. */
  reason: string | null;
  values: Record<string, number | null>;
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function numbers(...sources: (Fields | null)[]): Record<string, number | null> {
  const values: Record<string, number | null> = {};
  for (const source of sources) {
    for (const [key, value] of Object.entries(source ?? {})) {
      if (typeof value === "number" || value === null) values[key] = value;
    }
  }
  return values;
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields).filter((one) => one !== null) : [];
}

function seriesOf(key: unknown): FigureRow["series"] {
  const named = fields(key);
  if (named === null) return null;
  return { venue: String(named["venue"]), symbol: String(named["symbol"]), timeframe: String(named["timeframe"]) };
}

/** Rows that have the same figures. */
export interface FigureTable {
  title: string;
  rows: FigureRow[];
}

/** The tables of a stored run, whatever its kind; none where it has no figures. */
export function figureTables(run: Fields): FigureTable[] {
  const tables = [
    { title: "Figures", rows: [...seriesRows(run), ...candidateRows(run), ...bestRows(run), ...portfolioRows(run)] },
    { title: "Sleeves", rows: sleeveRows(run) },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** A backtest: every series. */
function seriesRows(run: Fields): FigureRow[] {
  const rows: FigureRow[] = [];
  for (const one of list(run["series"])) {
    const series = seriesOf(one["key"]);
    const summary = fields(one["summary"]);
    if (series === null || typeof one["outcome"] !== "string") continue;
    const hold = summary?.["buy_and_hold_pct"];
    rows.push({
      label: `${series.symbol} ${series.timeframe}`,
      series,
      run: null,
      reason: summary === null ? outcomeText(one) : null,
      values: {
        ...numbers(summary, fields(summary?.["metrics"])),
        buy_and_hold: typeof hold === "number" ? hold / 100 : null,
      },
    });
  }
  return rows;
}

/** A comparison: every candidate. */
function candidateRows(run: Fields): FigureRow[] {
  const rows: FigureRow[] = [];
  for (const one of list(run["rows"])) {
    const figures = fields(one["figures"]);
    if (figures === null) continue;
    const values = numbers(figures);
    rows.push({
      label: String(one["label"] ?? one["run"]),
      series: null,
      run: typeof one["run"] === "string" ? one["run"] : null,
      reason: null,
      values: { ...values, total_trades: values["trades"] ?? null },
    });
  }
  return rows;
}

/** An optimization: its best candidate on the bars it was chosen by, and on those that were held out. */
function bestRows(run: Fields): FigureRow[] {
  const rows: FigureRow[] = [];
  for (const one of list(fields(run["best"])?.["series"])) {
    const series = seriesOf(one["key"]);
    if (series === null) continue;
    for (const [part, words] of [
      ["searched", "searched"],
      ["held_out", "held out"],
    ] as const) {
      const metrics = fields(one[part]);
      if (metrics === null) continue;
      const label = `${series.symbol} ${series.timeframe}, ${words}`;
      rows.push({ label, series, run: null, reason: null, values: numbers(metrics) });
    }
  }
  return rows;
}

/** A portfolio: the whole. Its trades are those of its sleeves' backtest and are counted there. */
function portfolioRows(run: Fields): FigureRow[] {
  const metrics = fields(fields(run["result"])?.["metrics"]);
  if (metrics === null) return [];
  const values = { ...numbers(metrics), total_trades: null, max_consecutive_losses: null };
  return [{ label: "Portfolio", series: null, run: null, reason: null, values }];
}

/** A portfolio: what it was put together from. */
function sleeveRows(run: Fields): FigureRow[] {
  return list(fields(run["result"])?.["sleeves"]).map((one) => ({
    label: String(one["name"]),
    series: seriesOf(one["key"]),
    run: null,
    reason: null,
    values: numbers(one),
  }));
}

function outcomeText(entry: Fields): string {
  const reason = entry["reason"] ?? entry["error"] ?? entry["message"];
  const outcome = String(entry["outcome"]).replace(/_/g, " ");
  return typeof reason === "string" ? `${outcome}: ${reason}` : outcome;
}

/** The columns that at least one row has a value for. */
export function usedColumns(rows: readonly FigureRow[], all: boolean): FigureColumn[] {
  return figureColumns.filter(
    ({ key, main }) => (all || main) && rows.some(({ values }) => (values[key] ?? null) !== null),
  );
}
