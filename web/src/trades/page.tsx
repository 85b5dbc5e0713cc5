// Trades: filtered by the address, sorted, charted, exported, and each one open to its reasons.

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import { useKept, useLoad, useReload } from "../api/load";
import type { Trade, TradeList } from "../api/records";
import { count, percent } from "../format";
import { useFrames, usePart } from "../live/live";
import { Card } from "../parts/card";
import { ChartCredit } from "../parts/credit";
import { Money } from "../parts/figures";
import { Histogram } from "../parts/histogram";
import { lazy } from "../parts/lazy";
import { usePages } from "../parts/pages";
import { Command, Empty, Shown, Trouble, Waiting } from "../parts/states";
import { place, setSearch } from "../route";
import { Chips } from "./chips";
import { Drawer } from "./drawer";
import { type Filters, readFilters } from "./filters";
import { TradeTable } from "./table";
import { fetchConfidence, fetchProfits, fetchTrades } from "./wire";

const Curve = lazy(async () => (await import("../charts/curve")).Curve);

function Profits({ filters, change }: { filters: Filters; change: number }): JSX.Element {
  const loaded = useKept(
    useLoad(`profits ${filters.symbol} ${filters.from ?? ""} ${filters.to ?? ""}`, (signal) =>
      fetchProfits(filters, signal),
    ),
  );
  useReload(loaded, change);
  const { data } = loaded;
  const curve = useMemo(() => (data === null ? null : { ts: data.ts, value: data.cumulative }), [data]);
  return (
    <Shown loaded={loaded} what="The profits did not come" lines={4}>
      {() =>
        curve === null || curve.ts.length === 0 ? (
          <Empty title="No closed trade answers this filter" />
        ) : (
          <Curve data={curve} base={0} unit="realised, after fees" label="Realised profit, added up trade by trade" />
        )
      }
    </Shown>
  );
}

function Confidence({ filters, change }: { filters: Filters; change: number }): JSX.Element {
  const loaded = useKept(
    useLoad(`confidence ${JSON.stringify(filters)}`, (signal) => fetchConfidence(filters, signal)),
  );
  useReload(loaded, change);
  return (
    <Shown loaded={loaded} what="The confidences did not come" lines={4}>
      {({ edges, counts, wins, median }) =>
        counts.every((number) => number === 0) ? (
          <Empty title="No closed trade answers this filter" />
        ) : (
          <Histogram
            edges={edges}
            counts={counts}
            part={wins}
            partName="won"
            median={median}
            label="Closed trades by how sure the strategy was"
          />
        )
      }
    </Shown>
  );
}

function Totals({ totals, currency }: { totals: TradeList["totals"]; currency: string | null }): JSX.Element {
  const { trades, wins, pnl, fees } = totals;
  return (
    <p class="totals">
      <strong>{count(trades)}</strong> closed, <strong>{trades === 0 ? "—" : percent((wins / trades) * 100, 1)}</strong>{" "}
      won, realised <Money value={pnl} currency={currency} change /> after <Money value={fees} currency={currency} /> of
      fees
    </p>
  );
}

export function TradesPage(): JSX.Element {
  const { search } = place.value;
  const clock = usePart("status", null, (held) =>
    held?.data.market_time == null ? null : Math.floor(held.data.market_time / 60_000) * 60_000,
  ).value;
  const currency = usePart("status", null, (held) => held?.data.currency ?? null).value;
  const filterText = ["symbol", "side", "result", "confidence", "span", "from", "to", "sort"]
    .map((name) => search[name] ?? "")
    .join("|");
  // Without a span the clock does not matter.
  const filters = useMemo(() => readFilters(search, clock), [filterText, (search["span"] ?? "") === "" ? null : clock]);
  const [view, setView] = useState({ from: 0, to: 50 });
  const [changes, setChanges] = useState(0);
  const list = usePages<Trade, TradeList>(JSON.stringify(filters), view.from, view.to, (offset, limit, signal) =>
    fetchTrades(filters, offset, limit, signal),
  );
  const opener = useRef<HTMLElement | null>(null);
  useFrames("closed", null, true, (type) => {
    if (type !== "delta") return;
    list.reload();
    setChanges((number) => number + 1);
  });
  const selected = Number(search["trade"] ?? "") || null;
  const anyFilter = filterText
    .split("|")
    .slice(0, 7)
    .some((value) => value !== "");

  return (
    <section class="plain">
      <h1 class="unseen">Trades</h1>
      <Chips filters={filters} list={list} />
      {list.error !== null && (
        <Trouble
          what="The trades did not come"
          error={list.error}
          retry={list.reload}
          stale={list.total === null ? null : list.at}
        />
      )}
      {list.total === null ? (
        list.error === null && <Waiting lines={8} />
      ) : list.total === 0 ? (
        anyFilter ? (
          <Empty title="No trade answers this filter">
            <button
              type="button"
              onClick={() =>
                setSearch({ symbol: "", side: "", result: "", confidence: "", span: "", from: "", to: "" })
              }
            >
              Show all trades
            </button>
          </Empty>
        ) : (
          <Empty title="No trade has been closed yet">
            <p>Every round trip stands here from its entry to its exit, with why it was made. On a simulated market:</p>
            <Command text="mem demo" />
          </Empty>
        )
      ) : (
        <>
          {list.latest !== null && <Totals totals={list.latest.totals} currency={currency} />}
          <TradeTable
            list={list}
            sort={filters.sort}
            selected={selected}
            view={(from, to) => setView({ from, to })}
            open={(trade) => {
              if (trade.decision === null) return;
              opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
              setSearch({ trade: String(trade.decision) }, "push");
            }}
          />
          <div class="grid">
            <Card
              title="Realised profit, added up"
              span={7}
              more={
                <span class="small muted">
                  after fees{currency === null ? "" : `, ${currency}`}
                  {filters.side + filters.result !== "" || filters.confidence !== undefined
                    ? "; of every side, result and confidence"
                    : ""}
                </span>
              }
            >
              <Profits filters={filters} change={changes} />
            </Card>
            <Card title="Confidence" span={5}>
              <Confidence filters={filters} change={changes} />
            </Card>
          </div>
          <ChartCredit />
        </>
      )}
      {selected !== null && (
        <Drawer
          key={selected}
          decision={selected}
          close={() => {
            setSearch({ trade: "" }, "push");
            opener.current?.focus();
          }}
        />
      )}
    </section>
  );
}
