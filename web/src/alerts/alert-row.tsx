// One alert: how bad, what, since when, who has taken note, and the buttons for it.

import type { JSX } from "preact";

import { Time } from "../parts/states";
import { kindText } from "./filter";
import type { Alert } from "../api/records";

const MARKS: Record<string, string> = { red: "■", yellow: "▲", info: "●" };

/** How bad: a mark and the word, not only a colour. */
export function SeverityMark({ severity }: { severity: string }): JSX.Element {
  return (
    <span class={`severity ${severity}`}>
      <i aria-hidden="true">{MARKS[severity] ?? "●"}</i> {severity}
    </span>
  );
}

export function AlertRow({
  alert,
  chart,
  acknowledge,
  busy = false,
}: {
  alert: Alert;
  /** Address of the chart of what it is about. */
  chart: string | null;
  /** Takes note of it; left out where that cannot be done. */
  acknowledge?: (() => void) | undefined;
  busy?: boolean;
}): JSX.Element {
  const { acknowledged_by: by, acknowledged_at: at, recovered_at: over } = alert;
  return (
    <li class="alert" data-alert={alert.id} data-state={alert.state} data-severity={alert.severity}>
      <SeverityMark severity={alert.severity} />
      <div class="alert-body">
        <p>
          <strong>{kindText(alert.kind)}</strong>
          {alert.subject !== "" && <span class="muted"> {alert.subject}</span>}
        </p>
        <p>{alert.message}</p>
        <p class="small muted">
          raised <Time ms={alert.raised_at} />
          {alert.escalated_at !== null && (
            <>
              {" "}
              · worse since <Time ms={alert.escalated_at} />
            </>
          )}
          {by !== null && (
            <>
              {" "}
              · noted by {by} <Time ms={at} />
            </>
          )}
          {over !== null && (
            <>
              {" "}
              · <span class="over">over</span> since <Time ms={over} />
            </>
          )}
        </p>
      </div>
      <div class="alert-actions">
        {chart !== null && (
          <a class="button" href={chart}>
            Chart
          </a>
        )}
        {acknowledge !== undefined && alert.state === "active" && (
          <button type="button" disabled={busy} onClick={acknowledge}>
            Acknowledge
          </button>
        )}
      </div>
    </li>
  );
}
