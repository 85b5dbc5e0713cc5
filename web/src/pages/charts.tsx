// Charts: the list of symbols, timeframes, and the chart of one series.

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { api } from "../api/client";
import { useLoad } from "../api/load";
import type { Series, SeriesKey } from "../api/types";
import { age, count, counted, utcDate, utcTime } from "../format";
import { find } from "../parts/find";
import { lazy } from "../parts/lazy";
import { LiveSymbols } from "../charts/live-symbols";
import { chartOf } from "../charts/where";
import { hello } from "../live/live";
import { Command, Empty, Shown, SimulatedLabel } from "../parts/states";
import { go, pathOf, place, replace, searchText } from "../route";
import { useSimulatedFrame } from "../server";
import { bySymbol, seriesText, type SymbolEntry } from "./symbols";

const ChartView = lazy(async () => (await import("../charts/view")).ChartView);
const LiveView = lazy(async () => (await import("../charts/live-view")).LiveView);

/** More rows than this are found by typing. */
const MOST = 300;

/** The address of a series, keeping indicators, date and scale. */
function addressOf(series: SeriesKey): string {
  const { ind = "", at = "", log = "" } = place.value.search;
  return pathOf({ page: "charts", series }) + searchText({ ind, at, log });
}

function SymbolList({
  symbols,
  chosen,
  live,
}: {
  symbols: SymbolEntry[];
  chosen: Series | null;
  /** The traded symbol whose chart is on screen. */
  live: string | null;
}): JSX.Element {
  const [query, setQuery] = useState("");
  const found = useMemo(() => find(query, symbols, ({ symbol, venue }) => `${symbol} ${venue}`), [query, symbols]);
  const prefer = chosen?.timeframe;
  const target = (entry: SymbolEntry): string =>
    addressOf(entry.series.find(({ timeframe }) => timeframe === prefer) ?? (entry.series[0] as Series));
  return (
    <div class="symbols">
      <input
        type="search"
        data-search
        placeholder="Symbol …"
        aria-label="Search symbols"
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = found[0];
          if (event.key === "Enter" && first !== undefined) {
            go(target(first));
            setQuery("");
            event.currentTarget.blur();
          }
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <div class="symbol-lists">
        <LiveSymbols query={query} chosen={live} />
        <ul>
          {found.slice(0, MOST).map((entry) => (
            <li key={`${entry.venue}/${entry.symbol}`}>
              <a
                href={target(entry)}
                aria-current={chosen?.symbol === entry.symbol && chosen.venue === entry.venue ? "true" : undefined}
              >
                <strong>{entry.symbol}</strong>
                {entry.simulated && <SimulatedLabel />}
                <span class="small muted">
                  {entry.venue} · {entry.series.map(({ timeframe }) => timeframe).join(" ")}
                </span>
              </a>
            </li>
          ))}
        </ul>
        {found.length > MOST && <p class="small muted">{count(found.length - MOST)} more: type a few letters.</p>}
        {found.length === 0 && query !== "" && <p class="muted">No stored series is called that.</p>}
      </div>
    </div>
  );
}

function Head({
  series,
  symbols,
  toggle,
  open,
}: {
  series: Series;
  symbols: SymbolEntry[];
  toggle: () => void;
  open: boolean;
}): JSX.Element {
  const entry = symbols.find(({ venue, symbol }) => venue === series.venue && symbol === series.symbol);
  return (
    <header class="chart-head">
      <button type="button" class="symbol-button" aria-expanded={open} onClick={toggle} title="Choose a symbol (/)">
        <strong>{series.symbol}</strong>
      </button>
      <span class="small muted venue">{series.venue}</span>
      {series.simulated && <SimulatedLabel />}
      <div class="chips" role="group" aria-label="Timeframe">
        {(entry?.series ?? [series]).map((one) => (
          <a
            key={one.timeframe}
            class="chip"
            href={addressOf(one)}
            aria-current={one.timeframe === series.timeframe ? "true" : undefined}
          >
            {one.timeframe}
          </a>
        ))}
      </div>
      <span class="spring" />
      <span class="small muted facts" title={`first ${utcTime(series.first)}\nlast ${utcTime(series.last)}`}>
        {counted(series.bars, "bar")}, last {utcDate(series.last)} ({age(Date.now() - series.last)} ago)
      </span>
    </header>
  );
}

function Credit(): JSX.Element {
  return (
    <p class="credit small muted">
      Times are UTC. Drawn with{" "}
      <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
        TradingView Lightweight Charts™
      </a>
      , © TradingView, Inc.
    </p>
  );
}

/** The chart of a symbol that the engine trades, moving. */
export function LiveChartPage({ symbol }: { symbol: string }): JSX.Element {
  const loaded = useLoad("series", (signal) => api.series(signal));
  const [listOpen, setListOpen] = useState(false);
  const all = loaded.data?.series ?? [];
  const symbols = useMemo(() => bySymbol(all), [loaded.data]);
  const stored = all.filter((one) => one.symbol === symbol);
  useEffect(() => setListOpen(false), [symbol]);
  return (
    <div class="charts" data-list={listOpen}>
      <h1 class="unseen">{symbol}, live</h1>
      <SymbolList symbols={symbols} chosen={null} live={symbol} />
      <div class="chart-side">
        <header class="chart-head">
          <button
            type="button"
            class="symbol-button"
            aria-expanded={listOpen}
            onClick={() => setListOpen(!listOpen)}
            title="Choose a symbol (/)"
          >
            <strong>{symbol}</strong>
          </button>
          <span class="small muted venue">live</span>
          <span class="spring" />
          {stored.length > 0 && (
            <span class="small muted facts">
              Stored, with indicators:{" "}
              {stored.map((one) => (
                <a key={seriesText(one)} class="chip" href={addressOf(one)}>
                  {one.timeframe}
                </a>
              ))}
            </span>
          )}
        </header>
        <LiveView key={symbol} symbol={symbol} />
        <Credit />
      </div>
    </div>
  );
}

export function ChartsPage({ series: key }: { series: SeriesKey | null }): JSX.Element {
  const loaded = useLoad("series", (signal) => api.series(signal));
  const [listOpen, setListOpen] = useState(false);
  const all = loaded.data?.series ?? [];
  const symbols = useMemo(() => bySymbol(all), [loaded.data]);
  const chosen = key === null ? null : (all.find((one) => seriesText(one) === seriesText(key)) ?? null);
  useSimulatedFrame(chosen?.simulated ?? false);
  useEffect(() => setListOpen(false), [key?.venue, key?.symbol]);
  const traded = hello.value?.symbols[0];
  // Where something trades, its chart is what one comes for.
  useEffect(() => {
    if (key === null && traded !== undefined) replace(chartOf(traded));
  }, [key === null, traded]);
  return (
    <Shown loaded={loaded} what="The list of series did not come" lines={8}>
      {(data) =>
        data.series.length === 0 ? (
          <Empty title="No market data yet">
            <p>Candles appear here once they are in the catalog. Import some, from CSV or Parquet:</p>
            <Command text="mem data import candles/*.csv.gz" />
            <p>or look at a simulated market:</p>
            <Command text="mem demo" />
          </Empty>
        ) : (
          <div class="charts" data-list={listOpen || key === null}>
            <h1 class="unseen">{chosen === null ? "Charts" : `${chosen.symbol} ${chosen.timeframe}`}</h1>
            <SymbolList symbols={symbols} chosen={chosen} live={null} />
            <div class="chart-side">
              {chosen !== null ? (
                <>
                  <Head series={chosen} symbols={symbols} open={listOpen} toggle={() => setListOpen(!listOpen)} />
                  <ChartView key={seriesText(chosen)} series={chosen} />
                  <Credit />
                </>
              ) : key === null ? (
                <Empty title="Choose a symbol">
                  <p>
                    {counted(symbols.length, "symbol")} in {counted(data.series.length, "series", "series")}. Press{" "}
                    <kbd>/</kbd> and type, or <kbd>Ctrl K</kbd> from anywhere.
                  </p>
                </Empty>
              ) : (
                <Empty title="This series is not in the catalog">
                  <p>
                    There are no {key.timeframe} bars of {key.symbol} from {key.venue}. What there is stands in the
                    list; or build it from shorter bars:
                  </p>
                  <Command text={`mem data resample ${key.venue}/${key.symbol}/1m ${key.timeframe}`} />
                </Empty>
              )}
            </div>
          </div>
        )
      }
    </Shown>
  );
}
