// The table of trades: only rows in view exist, their pages are fetched as they come into it.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import type { Trade, TradeList } from "../api/records";
import { age, arrow, percent, plain, UNKNOWN, utcTime, words } from "../format";
import { useMedia } from "../parts/media";
import { Change, Money } from "../parts/figures";
import type { PagedList } from "../parts/pages";
import { Time } from "../parts/states";
import { useRowsInView } from "../parts/window";
import { setSearch } from "../route";
import { type Column, columns, hidden } from "./columns";
import { nextSort, sortOf } from "./filters";

const ROW_PX = 34;
const TALL_ROW_PX = 58;

function Cell({ column, trade }: { column: Column; trade: Trade }): JSX.Element | string {
  switch (column.name) {
    case "closed":
      return <Time ms={trade.exit_ts} />;
    case "opened":
      return <Time ms={trade.entry_ts} />;
    case "symbol":
      return <strong>{trade.symbol}</strong>;
    case "side":
      return `${arrow(trade.side === "long" ? 1 : -1)} ${trade.side}`;
    case "qty":
      return <span title={trade.qty}>{plain(Number(trade.qty))}</span>;
    case "entry":
      return <span title={String(trade.entry_price)}>{plain(trade.entry_price)}</span>;
    case "exit":
      return trade.exit_price === null ? (
        UNKNOWN
      ) : (
        <span title={String(trade.exit_price)}>{plain(trade.exit_price)}</span>
      );
    case "pnl":
      return <Money value={trade.pnl} currency={null} change />;
    case "return":
      return <Change value={trade.return_pct} />;
    case "fees":
      return <Money value={trade.fees} currency={null} />;
    case "held":
      return trade.duration_ms === null ? UNKNOWN : age(trade.duration_ms);
    case "confidence":
      return <span title={String(trade.confidence)}>{percent(trade.confidence * 100, 0)}</span>;
    case "reason":
      return trade.exit_reason === null ? UNKNOWN : words(trade.exit_reason);
    case "strategy":
      return words(trade.strategy);
  }
}

function TwoLines({ trade }: { trade: Trade }): JSX.Element {
  return (
    <>
      <span class="line" role="cell">
        <strong>{trade.symbol}</strong>
        <span class="muted">
          {arrow(trade.side === "long" ? 1 : -1)} {trade.side}
        </span>
        <span class="spring" />
        <Money value={trade.pnl} currency={null} change />
        <Change value={trade.return_pct} />
      </span>
      <span class="line small muted" role="cell">
        <Time ms={trade.exit_ts} />
        <span class="spring" />
        <span>
          {plain(trade.entry_price)} → {plain(trade.exit_price)}
        </span>
        <span>{trade.duration_ms === null ? UNKNOWN : age(trade.duration_ms)}</span>
      </span>
    </>
  );
}

export function TradeTable({
  list,
  sort,
  selected,
  open,
  view,
}: {
  list: PagedList<Trade, TradeList>;
  sort: string;
  /** Decision of the trade that is open beside the table. */
  selected: number | null;
  open: (trade: Trade) => void;
  /** Says which rows are in view. */
  view: (from: number, to: number) => void;
}): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const narrow = useMedia("(max-width: 720px)");
  const height = narrow ? TALL_ROW_PX : ROW_PX;
  const rows = useRowsInView(frame, list.total ?? 0, height);
  useEffect(() => view(rows.from, rows.to), [rows.from, rows.to]);
  const shown = columns.filter(({ name }) => !hidden.value.includes(name));
  const template = shown.map(({ width }) => width).join(" ");

  const move = (event: KeyboardEvent, index: number): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = frame.current?.querySelector<HTMLElement>(`[data-index="${index + step}"]`);
    next?.focus();
  };

  return (
    <div ref={frame} class="virtual" role="table" aria-rowcount={list.total ?? 0} aria-label="Trades">
      {!narrow && (
        <div class="virtual-head" role="row" style={{ gridTemplateColumns: template }}>
          {shown.map(({ name, title, hint, sort: by, number }) => (
            <span
              key={name}
              role="columnheader"
              title={hint}
              class={number ? "number" : ""}
              aria-sort={by === null ? undefined : sortOf(sort, by)}
            >
              {by === null ? (
                title
              ) : (
                <button type="button" class="sort" onClick={() => setSearch({ sort: nextSort(sort, by) })}>
                  {title}
                  <i aria-hidden="true">{{ ascending: "↑", descending: "↓", none: "" }[sortOf(sort, by)]}</i>
                </button>
              )}
            </span>
          ))}
        </div>
      )}
      <div role="presentation" style={{ height: `${rows.before}px` }} />
      {Array.from({ length: rows.to - rows.from }, (_, offset) => {
        const index = rows.from + offset;
        const trade = list.row(index);
        if (trade === undefined) {
          return (
            <div key={index} class="virtual-row" role="row" style={{ height: `${height}px` }}>
              <span class="muted" role="cell">
                …
              </span>
            </div>
          );
        }
        return (
          <div
            key={index}
            class={narrow ? "virtual-row two-lines" : "virtual-row"}
            role="row"
            tabIndex={0}
            data-index={index}
            aria-rowindex={index + 1}
            aria-current={trade.decision !== null && trade.decision === selected ? "true" : undefined}
            title={`closed ${utcTime(trade.exit_ts)}`}
            style={narrow ? { height: `${height}px` } : { height: `${height}px`, gridTemplateColumns: template }}
            onClick={() => {
              if (getSelection()?.isCollapsed !== false) open(trade);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter") open(trade);
              else move(event, index);
            }}
          >
            {narrow ? (
              <TwoLines trade={trade} />
            ) : (
              shown.map((column) => (
                <span key={column.name} role="cell" class={column.number ? "number" : ""}>
                  <Cell column={column} trade={trade} />
                </span>
              ))
            )}
          </div>
        );
      })}
      <div role="presentation" style={{ height: `${rows.after}px` }} />
    </div>
  );
}
