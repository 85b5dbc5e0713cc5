// Alerts of the records, newest first: those that are over, too.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get, query } from "../api/client";
import { useLoad } from "../api/load";
import { count } from "../format";
import { FilterChoice } from "../parts/choice";
import { Empty, Shown } from "../parts/states";
import { AlertRow } from "./alert-row";
import type { Filter } from "./filter";
import type { Alert } from "../api/records";

const PAGE = 50;
const STATES: [string, string][] = [
  ["", "all"],
  ["active", "active"],
  ["acknowledged", "noted"],
  ["recovered", "over"],
];

/** `news` changes whenever an alert has changed: the list is asked for again. */
export function PastAlerts({
  filter,
  state,
  news,
  chartOf,
}: {
  filter: Filter;
  state: string;
  news: string;
  chartOf: (alert: Alert) => string | null;
}): JSX.Element {
  const [limit, setLimit] = useState(PAGE);
  const asked = query({
    limit,
    severity: filter.severity || undefined,
    kind: filter.kind || undefined,
    state: state || undefined,
  });
  const loaded = useLoad(`alerts ${asked}`, (signal) =>
    get<{ total: number; rows: Alert[] }>(`/api/live/alerts?${asked}`, signal),
  );
  useEffect(loaded.reload, [news]);
  return (
    <section class="card" aria-label="History">
      <header>
        <h2>History</h2>
        <FilterChoice name="state" label="State" options={STATES} />
      </header>
      <Shown loaded={loaded} what="The history did not come" lines={4}>
        {({ rows, total }) =>
          rows.length === 0 ? (
            <Empty title="No alert answers this filter">
              <p>Alerts stand here from when they are raised, and stay after they are over.</p>
            </Empty>
          ) : (
            <>
              <ol class="alerts">
                {rows.map((alert) => (
                  <AlertRow key={alert.id} alert={alert} chart={chartOf(alert)} />
                ))}
              </ol>
              {total > rows.length && (
                <button type="button" class="more" onClick={() => setLimit(limit + PAGE)}>
                  {count(total - rows.length)} older
                </button>
              )}
            </>
          )
        }
      </Shown>
    </section>
  );
}
