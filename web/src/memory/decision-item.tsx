// One decision: what was wanted, why, what risk said to it, and what became of it.

import type { JSX } from "preact";

import { chartOf } from "../charts/where";
import { percent, plain, words } from "../format";
import { Change, Money } from "../parts/figures";
import { Time } from "../parts/states";
import type { Decision } from "../trades/wire";

export function DecisionItem({ row }: { row: Decision }): JSX.Element {
  const { refused } = row;
  const entry = row.intent.startsWith("enter");
  return (
    <li class="item">
      <p class="item-head">
        <a href={chartOf(row.symbol)}>
          <strong>{row.symbol}</strong>
        </a>
        <span>{words(row.intent)}</span>
        {refused && <span class="badge">refused</span>}
        <span class="small muted">
          <Time ms={row.ts} /> · {words(row.strategy)} at {plain(row.price)}
          {row.qty !== null && `, ${plain(Number(row.qty))} wanted`}
        </span>
        <span class="spring" />
        {row.pnl !== null && (
          <span class="small">
            <Money value={row.pnl} currency={null} change /> (<Change value={row.return_pct} />)
          </span>
        )}
        <span class="small muted" title={String(row.confidence)}>
          {percent(row.confidence * 100, 0)} sure
        </span>
      </p>
      <ul class="reasons">
        {row.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
        {row.findings
          .filter(({ passed }) => !passed)
          .map(({ check, why }) => (
            <li key={check} class="reason-refused">
              Refused by {words(check)}: {why}
            </li>
          ))}
      </ul>
      {row.findings.some(({ passed }) => passed) && (
        <details class="small">
          <summary class="muted">What risk made smaller</summary>
          <ul class="reasons">
            {row.findings
              .filter(({ passed }) => passed)
              .map(({ check, why }) => (
                <li key={check}>
                  {words(check)}: {why}
                </li>
              ))}
          </ul>
        </details>
      )}
      {entry && !refused && (
        <p class="item-foot small">
          <a href={`/trades?trade=${row.decision}`}>the trade, its candles and what memory recalled</a>
        </p>
      )}
    </li>
  );
}
