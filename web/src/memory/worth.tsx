// What memory is worth: how much there is, how often it was right, and whether it has helped, measured.

import type { JSX } from "preact";

import { count, fixed, percent, plain, UNKNOWN } from "../format";
import { Card } from "../parts/card";
import { Change } from "../parts/figures";
import { Empty } from "../parts/states";
import type { MemoryStats, Uplift } from "./wire";

function Measured({ uplift }: { uplift: Uplift }): JSX.Element {
  const { judged, brier_with, brier_without, improvement, standard_error, raised, lowered } = uplift;
  const sure = Math.abs(improvement) > 2 * standard_error;
  return (
    <>
      <p>
        On {count(judged)} decisions judged by what came later, memory{" "}
        {sure ? (improvement > 0 ? "has made" : "has made, for the worse,") : "has not yet clearly made"} a difference:
        its squared error is {fixed(brier_with, 4)}, {fixed(brier_without, 4)} without it.
      </p>
      <p class="small muted" title={`${improvement} ± ${standard_error}`}>
        {improvement >= 0 ? "Smaller" : "Larger"} by {plain(Number(Math.abs(improvement).toPrecision(3)))}, standard
        error {plain(Number(standard_error.toPrecision(3)))} (Brier score, 0 is perfect).
      </p>
      <dl class="pairs">
        <div>
          <dt>confidence raised, {count(raised)} times</dt>
          <dd>
            <Change value={uplift.raised_return_pct} />
          </dd>
        </div>
        <div>
          <dt>confidence lowered, {count(lowered)} times</dt>
          <dd>
            <Change value={uplift.lowered_return_pct} />
          </dd>
        </div>
      </dl>
    </>
  );
}

export function Worth({ stats }: { stats: MemoryStats }): JSX.Element {
  const { total, trades, average_relevance, success_rate, measured_uplift, patterns } = stats;
  return (
    <div class="stack">
      <Card title="What is remembered">
        <dl class="headline">
          <div>
            <dt>memories</dt>
            <dd>{count(total)}</dd>
          </div>
          <div>
            <dt>won of {count(trades)} trades</dt>
            <dd title={success_rate === null ? undefined : String(success_rate)}>
              {success_rate === null ? UNKNOWN : percent(success_rate * 100, 1)}
            </dd>
          </div>
          <div>
            <dt>mean relevance</dt>
            <dd title={average_relevance === null ? undefined : String(average_relevance)}>
              {average_relevance === null ? UNKNOWN : percent(average_relevance * 100, 0)}
            </dd>
          </div>
        </dl>
      </Card>
      <Card title="Does it help?">
        {measured_uplift === null || measured_uplift.judged === 0 ? (
          <Empty title="Not measured yet">
            <p>Each time an outcome is known, the chance that memory gave is compared with the one without it.</p>
          </Empty>
        ) : (
          <Measured uplift={measured_uplift} />
        )}
      </Card>
      <Card title="Patterns">
        {patterns.length === 0 ? (
          <Empty title="No pattern has stood the test">
            <p>
              Rules about when trades win are searched for among the cases; only what is unlikely to be chance, after
              counting every rule that was tried, is kept.
            </p>
          </Empty>
        ) : (
          <ul class="patterns">
            {patterns.map((pattern) => (
              <li key={pattern.id} data-active={pattern.active}>
                <p>{pattern.text}</p>
                <p class="small muted">
                  won {percent(pattern.win_rate * 100, 0)} where it was found;{" "}
                  {pattern.since === 0
                    ? "not met since"
                    : `since then ${count(pattern.since_wins)} of ${count(pattern.since)}`}
                  {pattern.active ? "" : `; retired: ${pattern.retired_because ?? "it no longer holds"}`}
                </p>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </div>
  );
}
