// ALERTS: what holds now, prices that are watched, what there was. The address holds the filters.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { AlertRow } from "../alerts/alert-row";
import { SEVERITIES, answering, counts, kindText, symbolOf } from "../alerts/filter";
import { Levels } from "../alerts/levels";
import { PastAlerts } from "../alerts/past";
import type { Alert, Watched } from "../api/records";
import { useCommand } from "../control/use-command";
import { count } from "../format";
import { chartOf } from "../charts/where";
import { useLive } from "../live/live";
import { tradingMode } from "../live/trouble";
import { Empty, Trouble, Waiting } from "../parts/states";
import { signed } from "../parts/who";
import { place, setSearch } from "../route";
import "../styles/alerts.css";

function Active({
  alerts,
  shown,
  chartOf,
}: {
  alerts: Alert[];
  shown: Alert[];
  chartOf: (alert: Alert) => string | null;
}): JSX.Element {
  const { busy, error, send } = useCommand();
  const open = shown.filter(({ state }) => state === "active");
  const note = (list: readonly Alert[]): void =>
    void send(...list.map(({ id }) => ({ command: "acknowledge", alert: id, by: signed() }) as const));
  return (
    <section class="card" aria-label="Active alerts">
      <header>
        <h2>Now</h2>
        {open.length > 1 && (
          <button type="button" disabled={busy} onClick={() => note(open)}>
            Acknowledge all {count(open.length)}
          </button>
        )}
      </header>
      {error !== null && <Trouble what="It was not acknowledged" error={error} />}
      {shown.length === 0 ? (
        alerts.length === 0 ? (
          <Empty title="Nothing needs a look">
            <p>
              Every limit holds and every feed is fresh. Limits: <a href="/config?section=alerts">Config, alerts</a>.
            </p>
          </Empty>
        ) : (
          <Empty title={`None of the ${count(alerts.length)} answers this filter`}>
            <button type="button" onClick={() => setSearch({ severity: "", kind: "" })}>
              Show all
            </button>
          </Empty>
        )
      ) : (
        <ul class="alerts">
          {shown.map((alert) => (
            <AlertRow
              key={alert.id}
              alert={alert}
              chart={chartOf(alert)}
              busy={busy}
              acknowledge={() => note([alert])}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

/** The page with what the engine says. */
export function AlertsPage(): JSX.Element {
  const alerts = useLive("alerts")?.data ?? null;
  const prices = useLive("prices")?.data.prices ?? null;
  const last = useMemo(
    () => Object.fromEntries(Object.entries(prices ?? {}).map(([symbol, [price]]) => [symbol, price])),
    [prices],
  );
  return (
    <Shown
      active={alerts?.active ?? null}
      watched={alerts?.watched ?? null}
      prices={last}
      engine={tradingMode.value !== "research"}
      chartOf={chartOf}
    />
  );
}

/** `active` and `watched` are null until they have come. */
function Shown({
  active,
  watched,
  prices,
  engine,
  chartOf,
}: {
  active: Alert[] | null;
  watched: Watched[] | null;
  prices: Readonly<Record<string, number>>;
  /** Whether an engine runs in this process. */
  engine: boolean;
  chartOf: (symbol: string) => string;
}): JSX.Element {
  const { search } = place.value;
  const filter = { severity: search["severity"] ?? "", kind: search["kind"] ?? "" };
  const number = counts(active ?? []);
  const symbols = Object.keys(prices).sort();
  const chart = (alert: Alert): string | null => {
    const symbol = symbolOf(alert, symbols);
    return symbol === null ? null : chartOf(symbol);
  };
  const kinds = [...new Set((active ?? []).map(({ kind }) => kind)), ...(filter.kind === "" ? [] : [filter.kind])];
  // Whatever changes of what holds changes the history, too.
  const news = (active ?? []).map(({ id, severity, state }) => `${id}${severity}${state}`).join(" ");
  return (
    <section class="plain alerts-page">
      <header class="page-head">
        <h1>Alerts</h1>
        <div class="chips" role="group" aria-label="Severity">
          <button type="button" aria-pressed={filter.severity === ""} onClick={() => setSearch({ severity: "" })}>
            all <b>{active === null ? "—" : count(active.length)}</b>
          </button>
          {SEVERITIES.map((severity) => (
            <button
              key={severity}
              type="button"
              data-severity={severity}
              aria-pressed={filter.severity === severity}
              onClick={() => setSearch({ severity: filter.severity === severity ? "" : severity })}
            >
              {severity} <b>{active === null ? "—" : count(number[severity])}</b>
            </button>
          ))}
        </div>
        {kinds.length > 0 && (
          <select
            class="kind"
            aria-label="Kind"
            value={filter.kind}
            onChange={(event) => setSearch({ kind: event.currentTarget.value })}
          >
            <option value="">every kind</option>
            {[...new Set(kinds)].map((kind) => (
              <option key={kind} value={kind}>
                {kindText(kind)}
              </option>
            ))}
          </select>
        )}
      </header>
      <div class="alerts-grid">
        {active !== null ? (
          <Active alerts={active} shown={answering(active, filter)} chartOf={chart} />
        ) : engine ? (
          <Waiting lines={6} label="Waiting for alerts" />
        ) : (
          <Empty title="No engine runs in this process">
            <p>What is raised now is known while one runs. The records below have what there was.</p>
          </Empty>
        )}
        {watched !== null && <Levels watched={watched} symbols={symbols} prices={prices} chartOf={chartOf} />}
      </div>
      <PastAlerts filter={filter} state={search["state"] ?? ""} news={news} chartOf={chart} />
    </section>
  );
}
