// Memory: what was decided and why, what is remembered of it, and whether remembering helps.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useKept, useLoad, useReload } from "../api/load";
import { count, words } from "../format";
import { useFrames, usePart } from "../live/live";
import { Choice, FilterChoice } from "../parts/choice";
import { Command, Empty, Shown } from "../parts/states";
import { place, setSearch } from "../route";
import { DecisionItem } from "./decision-item";
import { MemoryItem } from "./memory-item";
import { Worth } from "./worth";
import { fetchDecisions, fetchMemories, fetchStats, type MemoryStats } from "./wire";

const STEP = 50;
const MOST = 1_000;

function More({ shown, total, more }: { shown: number; total: number; more: () => void }): JSX.Element | null {
  if (shown >= total) return null;
  return (
    <button type="button" class="more" onClick={more}>
      Show more: {count(shown)} of {count(total)}
    </button>
  );
}

function Memories({ change }: { change: number }): JSX.Element {
  const { search } = place.value;
  const filters = { type: search["type"] ?? "", q: search["q"] ?? "", symbol: search["symbol"] ?? "" };
  const [limit, setLimit] = useState(STEP);
  const loaded = useKept(
    useLoad(`memories ${JSON.stringify(filters)} ${limit}`, (signal) => fetchMemories(filters, limit, signal)),
  );
  useReload(loaded, change);
  return (
    <Shown loaded={loaded} what="The memories did not come" lines={8}>
      {({ total, rows }) =>
        rows.length === 0 ? (
          filters.type + filters.q + filters.symbol === "" ? (
            <Empty title="Nothing is remembered yet">
              <p>Every entry is remembered with what the market looked like, and later with what became of it:</p>
              <Command text="mem demo" />
            </Empty>
          ) : (
            <Empty title="No memory answers this filter">
              <button type="button" onClick={() => setSearch({ q: "", type: "", symbol: "" })}>
                Show all memories
              </button>
            </Empty>
          )
        ) : (
          <>
            <p class="small muted">{count(total)} found, the newest first.</p>
            <ul class="items">
              {rows.map((row) => (
                <MemoryItem key={row.id} row={row} />
              ))}
            </ul>
            <More
              shown={rows.length}
              total={Math.min(total, MOST)}
              more={() => setLimit(Math.min(MOST, limit + STEP))}
            />
          </>
        )
      }
    </Shown>
  );
}

function Decisions({ change }: { change: number }): JSX.Element {
  const { search } = place.value;
  const filters = {
    symbol: search["symbol"] ?? "",
    intent: search["intent"] ?? "",
    refused: search["refused"] ?? "",
  };
  const [limit, setLimit] = useState(STEP);
  const loaded = useKept(
    useLoad(`decisions ${JSON.stringify(filters)} ${limit}`, (signal) => fetchDecisions(filters, limit, signal)),
  );
  useReload(loaded, change);
  return (
    <Shown loaded={loaded} what="The decisions did not come" lines={8}>
      {({ total, rows }) =>
        rows.length === 0 ? (
          <Empty title={filters.refused === "true" ? "Nothing was refused" : "No decision answers this filter"}>
            <p>Every decision stands here with its reasons, refused ones too with the check that refused them.</p>
          </Empty>
        ) : (
          <>
            <p class="small muted">{count(total)} found, the newest first.</p>
            <ul class="items">
              {rows.map((row) => (
                <DecisionItem key={row.decision} row={row} />
              ))}
            </ul>
            <More
              shown={rows.length}
              total={Math.min(total, MOST)}
              more={() => setLimit(Math.min(MOST, limit + STEP))}
            />
          </>
        )
      }
    </Shown>
  );
}

function typeOptions(stats: MemoryStats | null): [string, string][] {
  const types = Object.entries(stats?.by_type ?? {}).sort((a, b) => b[1] - a[1]);
  return [["", "all"], ...types.map(([type, number]): [string, string] => [type, `${words(type)} ${count(number)}`])];
}

export function MemoryPage(): JSX.Element {
  const { search } = place.value;
  const view = search["view"] === "decisions" ? "decisions" : "memories";
  const [change, setChange] = useState(0);
  const stats = useLoad("memory stats", fetchStats);
  useReload(stats, change);
  const symbols = usePart("status", null, (held) =>
    held === null ? "" : Object.keys(held.data.last_prices).sort().join(" "),
  ).value;
  useFrames("signals", null, true, (type) => {
    if (type === "delta") setChange((number) => number + 1);
  });
  return (
    <section class="plain">
      <header class="filter-bar">
        <h1>Memory</h1>
        <Choice
          label="What is shown"
          options={[
            ["", "memories"],
            ["decisions", "decisions"],
          ]}
          chosen={view === "decisions" ? view : ""}
          choose={(one) => setSearch({ view: one }, "push")}
        />
        {view === "memories" ? (
          <>
            <input
              type="search"
              data-search
              placeholder="Search what is remembered …"
              aria-label="Search memories"
              value={search["q"] ?? ""}
              onInput={(event) => setSearch({ q: event.currentTarget.value })}
            />
            <FilterChoice name="type" label="Type" options={typeOptions(stats.data)} />
          </>
        ) : (
          <>
            <FilterChoice
              name="refused"
              label="Whether risk let it pass"
              options={[
                ["", "all"],
                ["false", "let pass"],
                ["true", "refused"],
              ]}
            />
            <FilterChoice
              name="intent"
              label="What was wanted"
              options={[
                ["", "any"],
                ["enter_long", "enter long"],
                ["exit_long", "exit long"],
                ["enter_short", "enter short"],
                ["exit_short", "exit short"],
              ]}
            />
          </>
        )}
        <select
          aria-label="Symbol"
          value={search["symbol"] ?? ""}
          onChange={(event) => setSearch({ symbol: event.currentTarget.value })}
        >
          <option value="">All symbols</option>
          {symbols
            .split(" ")
            .filter((symbol) => symbol !== "")
            .map((symbol) => (
              <option key={symbol} value={symbol}>
                {symbol}
              </option>
            ))}
        </select>
      </header>
      <div class="grid memory">
        <div class="span-8">{view === "memories" ? <Memories change={change} /> : <Decisions change={change} />}</div>
        <div class="span-4">
          <Shown loaded={stats} what="The figures of memory did not come" lines={6}>
            {(data) => <Worth stats={data} />}
          </Shown>
        </div>
      </div>
    </section>
  );
}
