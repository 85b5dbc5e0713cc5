// Filters as chips, the choice of columns, and the export of what is filtered.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { Trade, TradeList } from "../api/records";
import { usePart } from "../live/live";
import { FilterChoice } from "../parts/choice";
import type { PagedList } from "../parts/pages";
import { place, setSearch } from "../route";
import { columns, hidden, toggleColumn } from "./columns";
import { type Filters, SPANS } from "./filters";
import { tradesExport } from "./wire";

const spanWords: Record<string, string> = { day: "24 h", week: "7 d", month: "30 d" };

export function Chips({ filters, list }: { filters: Filters; list: PagedList<Trade, TradeList> }): JSX.Element {
  const traded = usePart("status", null, (held) =>
    held === null ? "" : Object.keys(held.data.last_prices).sort().join(" "),
  ).value;
  const symbols = useMemo(() => {
    const seen = new Set(traded === "" ? [] : traded.split(" "));
    for (const { symbol } of list.latest?.rows ?? []) seen.add(symbol);
    if (filters.symbol !== "") seen.add(filters.symbol);
    return [...seen].sort();
  }, [traded, list.latest, filters.symbol]);
  const { search } = place.value;
  return (
    <header class="filter-bar">
      <select
        data-search
        aria-label="Symbol"
        value={filters.symbol}
        onChange={(event) => setSearch({ symbol: event.currentTarget.value })}
      >
        <option value="">All symbols</option>
        {symbols.map((symbol) => (
          <option key={symbol} value={symbol}>
            {symbol}
          </option>
        ))}
      </select>
      <FilterChoice
        name="result"
        label="Result"
        options={[
          ["", "all"],
          ["win", "won"],
          ["loss", "lost"],
        ]}
      />
      <FilterChoice
        name="side"
        label="Side"
        options={[
          ["", "both"],
          ["long", "▲ long"],
          ["short", "▼ short"],
        ]}
      />
      <FilterChoice
        name="confidence"
        label="Confidence at least"
        options={[
          ["", "any"],
          ["50", "≥ 50 %"],
          ["70", "≥ 70 %"],
          ["90", "≥ 90 %"],
        ]}
      />
      <FilterChoice
        name="span"
        label="Closed within"
        clears={{ from: "", to: "" }}
        options={[
          ["", "all time"],
          ...Object.keys(SPANS).map((span): [string, string] => [span, spanWords[span] ?? span]),
        ]}
      />
      <span class="dates">
        <input
          type="date"
          aria-label="Closed from (UTC)"
          title="Closed from, UTC"
          value={search["from"] ?? ""}
          onChange={(event) => setSearch({ from: event.currentTarget.value, span: "" })}
        />
        <span aria-hidden="true">–</span>
        <input
          type="date"
          aria-label="Closed until (UTC)"
          title="Closed until, UTC"
          value={search["to"] ?? ""}
          onChange={(event) => setSearch({ to: event.currentTarget.value, span: "" })}
        />
      </span>
      <span class="spring" />
      <details class="menu wide-only">
        <summary class="button">Columns</summary>
        <div class="menu-body">
          {columns
            .filter(({ name }) => name !== "symbol")
            .map(({ name, title }) => (
              <label key={name}>
                <input type="checkbox" checked={!hidden.value.includes(name)} onChange={() => toggleColumn(name)} />{" "}
                {title}
              </label>
            ))}
        </div>
      </details>
      <span class="exports" role="group" aria-label="Export what is filtered">
        <a class="button" href={tradesExport("csv", filters)} download data-plain>
          CSV
        </a>
        <a class="button" href={tradesExport("parquet", filters)} download data-plain>
          Parquet
        </a>
      </span>
    </header>
  );
}
