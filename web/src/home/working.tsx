// Is everything working: feed, engine, records, connection, each with what was measured.

import type { JSX } from "preact";

import { age, compact, count, fixed, localSeconds, plain, UNKNOWN } from "../format";
import { now } from "../live/clock";
import { link, skippedFrames, useLive } from "../live/live";
import { ENGINE_QUIET_MS } from "../live/trouble";
import { Card } from "../parts/card";

type State = "good" | "warn" | "bad" | "unknown";

const words: Record<State, string> = { good: "works", warn: "look", bad: "fails", unknown: "not known" };

function Line({ name, state, children }: { name: string; state: State; children: string }): JSX.Element {
  return (
    <li data-state={state}>
      <span class="lamp" role="img" aria-label={words[state]} />
      <strong>{name}</strong>
      <span class="muted">{children}</span>
    </li>
  );
}

/** Milliseconds with as many digits as say something. */
function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : `${plain(Number(value.toPrecision(2)))} ms`;
}

export function Working({ engine }: { engine: boolean }): JSX.Element {
  const status = useLive("status");
  const health = useLive("health")?.data ?? null;
  const board = status?.data ?? null;
  const quiet = status === null || now.value - status.at > ENGINE_QUIET_MS;
  const feed = board?.feed ?? null;
  const feedState: State =
    feed === null || quiet
      ? "unknown"
      : feed.status === "healthy"
        ? "good"
        : feed.status === "degraded"
          ? "warn"
          : "bad";
  const database = health?.database ?? null;
  const entries: State =
    board === null || quiet ? "unknown" : board.kill_switch !== null || board.halts.length > 0 ? "warn" : "good";
  return (
    <Card title="Is everything working?" span={3} more={<a href="/system">Details</a>}>
      <ul class="lamps">
        <Line name="Market feed" state={feedState}>
          {feed === null
            ? UNKNOWN
            : `${feed.venue}: ${feed.status}, by ${feed.mode}` +
              (feed.age_ms === null ? "" : feed.age_ms < 1_000 ? ", live" : `, last message ${age(feed.age_ms)} ago`)}
        </Line>
        <Line name="Engine" state={board === null ? "unknown" : quiet ? "bad" : "good"}>
          {!engine
            ? "none runs in this process"
            : board === null
              ? UNKNOWN
              : quiet
                ? `silent since ${localSeconds(status?.at)}`
                : `${count(board.events)} events, decides in ${milliseconds(board.decision_latency.p95_ms)} (p95), ` +
                  `${count(board.queue)} waiting`}
        </Line>
        <Line name="Entries" state={entries}>
          {board === null
            ? UNKNOWN
            : board.kill_switch !== null
              ? "forbidden: the kill switch is on"
              : board.halts.length > 0
                ? `halted: ${board.halts.join(", ")}`
                : `allowed; ${count(board.open_orders)} open orders, ${count(board.on_the_way)} on the way`}
        </Line>
        <Line name="Books" state={board === null || quiet ? "unknown" : board.balanced ? "good" : "bad"}>
          {board === null
            ? UNKNOWN
            : `${count(board.ledger_entries)} entries, ${board.balanced ? "balanced" : "NOT balanced"}`}
        </Line>
        <Line name="Records" state={database === null ? "unknown" : database.errors > 0 ? "warn" : "good"}>
          {database === null
            ? UNKNOWN
            : `${compact(database.size)}B, ${fixed(database.average_latency_us / 1000, 2)} ms on average, ` +
              `${count(database.errors)} errors`}
        </Line>
        <Line
          name="This page"
          state={link.value.state === "open" ? "good" : link.value.state === "connecting" ? "unknown" : "bad"}
        >
          {link.value.state === "open"
            ? `connected since ${localSeconds(link.value.since)}, ${count(skippedFrames.value)} frames skipped`
            : `${link.value.state} since ${localSeconds(link.value.since)}`}
        </Line>
      </ul>
    </Card>
  );
}
