// One run: its headline, how it was configured, the figures of every series, and its own report.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ApiError, api, reportAddress } from "../api/client";
import { useLoad } from "../api/load";
import type { RunEntry, StoredRun } from "../api/types";
import { arrow, counted, tone, words } from "../format";
import { HeadlineRow, settingText } from "../parts/headline";
import { Icon } from "../parts/icons";
import { Command, Empty, Shown, SimulatedLabel, Time, Trouble } from "../parts/states";
import { pathOf } from "../route";
import { useSimulatedFrame } from "../server";
import {
  type FigureColumn,
  type FigureRow,
  type FigureTable,
  figureTables,
  figureText,
  usedColumns,
} from "./run-figures";

/** Whether the sign of a figure is good or bad news. */
function isChange(kind: FigureColumn["kind"]): boolean {
  return kind === "change" || kind === "gain";
}

function plural(rows: readonly FigureRow[]): string {
  const series = new Set(rows.map((one) => JSON.stringify(one.series)).filter((text) => text !== "null")).size;
  if (series > 0) return counted(series, "series", "series");
  return rows.length > 1 ? counted(rows.length, "candidate") : "";
}

function Figures({ title, rows }: FigureTable): JSX.Element {
  const [all, setAll] = useState(false);
  const [order, setOrder] = useState<{ key: string; sign: 1 | -1 } | null>(null);
  const columns = usedColumns(rows, all);
  const more = usedColumns(rows, true).length - usedColumns(rows, false).length;
  const sorted = [...rows];
  if (order !== null) {
    sorted.sort((a, b) => {
      const x = a.values[order.key] ?? null;
      const y = b.values[order.key] ?? null;
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return (x - y) * order.sign;
    });
  }
  return (
    <section>
      <header class="section-head">
        <h2>{title}</h2>
        <span class="muted small">
          {[plural(rows), "all costs included"].filter((part) => part !== "").join(", ")}
          {columns.some(({ key }) => key === "buy_and_hold") && "; hold is before costs"}
        </span>
        <span class="spring" />
        {(more > 0 || all) && (
          <button type="button" onClick={() => setAll(!all)}>
            {all ? "Main columns" : `${more} more columns`}
          </button>
        )}
      </header>
      <div class="table-frame">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">{rows.some(({ series }) => series !== null) ? "Series" : "Candidate"}</th>
              {columns.map(({ key, label, help }) => {
                const active = order?.key === key;
                return (
                  <th
                    key={key}
                    scope="col"
                    class="number"
                    title={help}
                    aria-sort={active ? (order.sign === 1 ? "ascending" : "descending") : "none"}
                  >
                    <button
                      type="button"
                      class="sort"
                      onClick={() => setOrder({ key, sign: active && order.sign === -1 ? 1 : -1 })}
                    >
                      {label}
                      <i aria-hidden="true">{active ? (order.sign === 1 ? "↑" : "↓") : ""}</i>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={`${row.series?.venue ?? row.run ?? ""} ${row.label}`}>
                <th scope="row">
                  {row.series !== null ? (
                    <a href={pathOf({ page: "charts", series: row.series })} title={row.series.venue}>
                      {row.label}
                    </a>
                  ) : row.run !== null ? (
                    <a href={pathOf({ page: "run", id: row.run })}>{row.label}</a>
                  ) : (
                    row.label
                  )}
                </th>
                {row.reason !== null ? (
                  <td colSpan={Math.max(columns.length, 1)} class="reason">
                    {row.reason}
                  </td>
                ) : (
                  columns.map(({ key, kind, label }) => {
                    const value = row.values[key] ?? null;
                    return (
                      <td
                        key={key}
                        data-label={label}
                        class={`number ${isChange(kind) ? tone(value) : ""}`}
                        title={value === null ? undefined : String(value)}
                      >
                        {isChange(kind) && value !== null && value !== 0 && <i aria-hidden="true">{arrow(value)}</i>}
                        {figureText(value, kind)}
                      </td>
                    );
                  })
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Pairs such as `[["period", 14], …]` are how parameters are stored. */
function isPairs(value: unknown): value is [string, unknown][] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string")
  );
}

function Setting({ value }: { value: unknown }): JSX.Element {
  if (isPairs(value)) return <Settings value={Object.fromEntries(value)} />;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span>—</span>;
    if (value.every((one) => typeof one !== "object" || one === null))
      return <span>{value.map(settingText).join(", ")}</span>;
    return (
      <ol>
        {value.map((one, index) => (
          <li key={index}>
            <Setting value={one} />
          </li>
        ))}
      </ol>
    );
  }
  if (typeof value === "object" && value !== null) return <Settings value={value as Record<string, unknown>} />;
  return <span title={typeof value === "number" ? String(value) : undefined}>{settingText(value)}</span>;
}

function Settings({ value }: { value: Record<string, unknown> }): JSX.Element {
  return (
    <dl class="settings">
      {Object.entries(value).map(([name, one]) => (
        <div key={name}>
          <dt>{words(name)}</dt>
          <dd>
            <Setting value={one} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** What a search or a portfolio says of its outcome, without what the table of figures shows. */
function outcomeOf(run: StoredRun): { title: string; facts: Fields } | null {
  const best = fieldsOf(run["best"]);
  if (best !== null) {
    const { series: _, ...facts } = best;
    return { title: "Best candidate", facts };
  }
  const result = fieldsOf(run["result"]);
  if (result === null) return null;
  const facts = Object.entries(result).filter(
    ([name, value]) =>
      typeof value === "number" ||
      typeof value === "string" ||
      (name === "notes" && Array.isArray(value) && value.length > 0),
  );
  return { title: "Portfolio", facts: Object.fromEntries(facts) };
}

/** The report of a run: in a frame once there is one; one that was never asked for is made on request. */
function Report({ id, made }: { id: string; made: boolean }): JSX.Element {
  const [state, setState] = useState<"shown" | "hidden" | "unmade" | "making">(made ? "shown" : "unmade");
  const [error, setError] = useState<ApiError | null>(null);
  const address = reportAddress(id);
  const make = async (): Promise<void> => {
    setState("making");
    setError(null);
    try {
      await api.makeReport(id);
      setState("shown");
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError(String(cause), 0));
      setState("unmade");
    }
  };
  const exists = state === "shown" || state === "hidden";
  return (
    <section class="report">
      <header class="section-head">
        <h2>Report</h2>
        <span class="spring" />
        {exists ? (
          <>
            <button
              type="button"
              aria-expanded={state === "shown"}
              onClick={() => setState(state === "shown" ? "hidden" : "shown")}
            >
              {state === "shown" ? "Hide" : "Show"}
            </button>
            <a class="button" href={address} target="_blank" rel="noopener" data-plain>
              Open alone <Icon name="open" size={14} />
            </a>
          </>
        ) : (
          <button type="button" disabled={state === "making"} onClick={() => void make()}>
            {state === "making" ? "Making it …" : "Make the report"}
          </button>
        )}
      </header>
      {error !== null && <Trouble what="There is no report" error={error} />}
      {state === "shown" && <iframe src={address} title={`Report of run ${id}`} loading="lazy" />}
    </section>
  );
}

/** Reports are written of backtests. */
function seriesTested(run: StoredRun): boolean {
  return Array.isArray(run["series"]) && run["series"].some((one) => fieldsOf(one)?.["outcome"] === "tested");
}

function Details({ run, entry }: { run: StoredRun; entry: RunEntry | null }): JSX.Element {
  const tables = figureTables(run);
  const config = fieldsOf(run["config"]) ?? fieldsOf(fieldsOf(run["result"])?.["config"]);
  const outcome = outcomeOf(run);
  const backtest = run["run"];
  const partial = entry?.partial ?? run["partial"] === true;
  return (
    <>
      {partial && (
        <p class="note" role="note">
          This run was stopped before its end: its figures cover only what was done until then.
        </p>
      )}
      {entry !== null && entry.headline.length > 0 && <HeadlineRow figures={entry.headline} />}
      {tables.map((table) => (
        <Figures key={table.title} {...table} />
      ))}
      {typeof backtest === "string" && (
        <p>
          The trades behind it are those of backtest <a href={pathOf({ page: "run", id: backtest })}>{backtest}</a>.
        </p>
      )}
      {outcome !== null && (
        <details class="configuration" open>
          <summary>
            <h2>{outcome.title}</h2>
          </summary>
          <Settings value={outcome.facts} />
        </details>
      )}
      {config !== null && (
        <details class="configuration">
          <summary>
            <h2>Configuration</h2>
          </summary>
          <Settings value={config} />
        </details>
      )}
      {(run.has_report || seriesTested(run)) && <Report id={entry?.id ?? String(run.id)} made={run.has_report} />}
    </>
  );
}

export function RunPage({ id }: { id: string }): JSX.Element {
  const stored = useLoad(`run ${id}`, (signal) => api.run(id, signal));
  const runs = useLoad("runs", (signal) => api.runs(signal));
  const entry = runs.data?.runs.find((run) => run.id === id) ?? null;
  useSimulatedFrame(entry?.simulated ?? false);
  const missing = stored.error?.status === 404;
  return (
    <section class="plain run">
      <header class="page-head">
        <a class="back" href="/runs" aria-label="All runs">
          <Icon name="left" />
        </a>
        <div>
          <h1>
            {entry?.title ?? `Run ${id}`} {entry?.simulated === true && <SimulatedLabel />}
          </h1>
          <p class="small muted">
            {entry !== null && (
              <>
                {entry.kind} · <Time ms={entry.created_at} /> ·{" "}
              </>
            )}
            <code>{id}</code>
            {entry !== null && <> · made by MEM {entry.code_version}</>}
          </p>
        </div>
      </header>
      {missing ? (
        <Empty title="This run is not kept here">
          <p>It may have been deleted, or lie in another data folder. What there is:</p>
          <Command text="mem runs list" />
        </Empty>
      ) : (
        <Shown loaded={stored} what="The run did not come" lines={10}>
          {(run) => <Details run={run} entry={entry} />}
        </Shown>
      )}
    </section>
  );
}
