// All runs that are kept: filtered, sorted, one click from their details. The address holds filter and order.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { api } from "../api/client";
import { useLoad } from "../api/load";
import type { RunEntry, RunKind } from "../api/types";
import { count, counted } from "../format";
import { FilterChoice } from "../parts/choice";
import { find } from "../parts/find";
import { Figure } from "../parts/headline";
import { Command, Empty, Shown, SimulatedLabel, Time } from "../parts/states";
import { go, pathOf, place, setSearch } from "../route";
import { type Direction, figureColumns, figureOf, returnOf, sortRuns, symbolsText } from "./run-table";

const KINDS: RunKind[] = ["backtest", "optimization", "comparison", "portfolio"];
const MOST = 200;

function madeBy(run: RunEntry): JSX.Element | string {
  const figure = returnOf(run);
  return figure === undefined ? "—" : <Figure figure={figure} />;
}

export function Runs(): JSX.Element {
  const loaded = useLoad("runs", (signal) => api.runs(signal));
  const { search } = place.value;
  const query = search["q"] ?? "";
  const kind = search["kind"] ?? "";
  const [column = "when", order = "desc"] = (search["sort"] ?? "when:desc").split(":");
  const direction: Direction = order === "asc" ? "asc" : "desc";
  const [all, setAll] = useState(false);
  // Runs of one kind have the same figures, a column each. Of several kinds only the return can be compared.
  const columns = useMemo(
    () => (kind === "" ? [] : figureColumns((loaded.data?.runs ?? []).filter((run) => run.kind === kind))),
    [loaded.data, kind],
  );
  const found = useMemo(() => {
    const ofKind = (loaded.data?.runs ?? []).filter((run) => kind === "" || run.kind === kind);
    const text = (run: RunEntry): string =>
      `${run.title} ${run.kind} ${run.strategy ?? ""} ${run.timeframe ?? ""} ${run.id} ${run.symbols.join(" ")}` +
      (run.simulated ? " simulated" : "");
    return sortRuns(find(query, ofKind, text), column, direction);
  }, [loaded.data, query, kind, column, direction]);

  const heading = (name: string, label: string, numeric = false): JSX.Element => {
    const active = column === name;
    const next = active ? (direction === "desc" ? "asc" : "desc") : numeric || name === "when" ? "desc" : "asc";
    return (
      <th
        key={name}
        class={numeric ? "number" : ""}
        scope="col"
        aria-sort={active ? (direction === "asc" ? "ascending" : "descending") : "none"}
      >
        <button type="button" class="sort" onClick={() => setSearch({ sort: `${name}:${next}` })}>
          {label}
          <i aria-hidden="true">{active ? (direction === "asc" ? "↑" : "↓") : ""}</i>
        </button>
      </th>
    );
  };

  return (
    <section class="plain">
      <header class="page-head">
        <h1>Research</h1>
        <input
          type="search"
          data-search
          placeholder="Filter: title, symbol, id …"
          aria-label="Filter runs"
          value={query}
          onInput={(event) => setSearch({ q: event.currentTarget.value })}
        />
        <FilterChoice
          name="kind"
          label="Kind of run"
          options={[["", "all"], ...KINDS.map((one) => [one, one] as const)]}
        />
      </header>
      <Shown loaded={loaded} what="The list of runs did not come" lines={8}>
        {(data) => (
          <>
            {data.runs.length === 0 ? (
              <Empty title="No runs yet">
                <p>Backtests, searches and comparisons appear here, newest first. Make one:</p>
                <Command text="mem backtest confluence --timeframe 1h" />
                <p>Without market data yet, a simulated market will do: </p>
                <Command text="mem demo" />
              </Empty>
            ) : found.length === 0 ? (
              <Empty title="No run answers this filter">
                <button type="button" onClick={() => setSearch({ q: "", kind: "" })}>
                  Show all {count(data.runs.length)}
                </button>
              </Empty>
            ) : (
              <>
                <div class="table-frame">
                  <table class="runs">
                    <thead>
                      <tr>
                        {heading("title", "Run")}
                        {heading("kind", "Kind")}
                        {heading("when", "When")}
                        {heading("symbols", "Symbols")}
                        {kind === "" && heading("return", "Return", true)}
                        {kind === "" && <th scope="col">Figures</th>}
                        {columns.map((label) => heading(label, label, true))}
                      </tr>
                    </thead>
                    <tbody>
                      {found.slice(0, all ? undefined : MOST).map((run) => {
                        const address = pathOf({ page: "run", id: run.id });
                        return (
                          <tr
                            key={run.id}
                            onClick={(event) => {
                              if (!(event.target as Element).closest("a") && getSelection()?.isCollapsed !== false)
                                go(address);
                            }}
                          >
                            <td class="run-title">
                              <a href={address}>{run.title}</a> {run.simulated && <SimulatedLabel />}
                              {run.partial && (
                                <span class="badge" title="It was stopped before its end">
                                  partial
                                </span>
                              )}
                            </td>
                            <td class="run-kind">{run.kind}</td>
                            <td class="run-when">
                              <Time ms={run.created_at} />
                            </td>
                            <td class="run-symbols" title={run.symbols.join(", ")}>
                              {symbolsText(run.symbols)}
                            </td>
                            {kind === "" && <td class="number run-column">{madeBy(run)}</td>}
                            <td class={kind === "" ? "run-figures" : "run-figures phone-only"}>
                              {run.headline.map((figure) => (
                                <span key={figure.label} class="named" data-return={figure === returnOf(run)}>
                                  <span class="label">{figure.label}</span> <Figure figure={figure} />
                                </span>
                              ))}
                            </td>
                            {columns.map((label) => {
                              const figure = figureOf(run, label);
                              return (
                                <td key={label} class="number run-column">
                                  {figure === undefined ? "—" : <Figure figure={figure} />}
                                </td>
                              );
                            })}
                          </tr>
                        );
                      })}
                    </tbody>
                  </table>
                </div>
                {!all && found.length > MOST && (
                  <button type="button" class="more" onClick={() => setAll(true)}>
                    Show all {count(found.length)}
                  </button>
                )}
              </>
            )}
            {data.unreadable.length > 0 && (
              <details class="unreadable">
                <summary>{counted(data.unreadable.length, "run")} cannot be read</summary>
                <ul>
                  {data.unreadable.map(({ id, reason }) => (
                    <li key={id}>
                      <code>{id}</code>: {reason}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </>
        )}
      </Shown>
    </section>
  );
}
