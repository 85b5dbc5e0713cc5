// The newest alerts that hold.

import type { JSX } from "preact";

import type { Alert } from "../api/records";
import { words } from "../format";
import { useLive } from "../live/live";
import { Card } from "../parts/card";
import { Empty, Time } from "../parts/states";

const MOST = 4;

export function NewestAlerts({ known }: { known: readonly Alert[] }): JSX.Element {
  const held = useLive("alerts");
  const active = [...(held?.data.active ?? known)].sort((a, b) => b.raised_at - a.raised_at);
  return (
    <Card title="Alerts" span={3} more={<a href="/alerts">All</a>}>
      {active.length === 0 ? (
        <Empty title="No alert holds">
          <p>What goes wrong, or reaches a price you watch, stands here until it is over.</p>
        </Empty>
      ) : (
        <ul class="alert-list" aria-live="polite">
          {active.slice(0, MOST).map((alert) => (
            <li key={alert.id} data-severity={alert.severity}>
              <span class="badge-severity">{alert.severity}</span>
              <strong>
                {words(alert.kind.toLowerCase())}
                {alert.subject !== "" && ` ${alert.subject}`}
              </strong>
              <span class="small muted">
                <Time ms={alert.raised_at} ago />
              </span>
              <span class="small alert-message">{alert.message}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
