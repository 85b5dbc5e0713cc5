// One decision: what was wanted, why, what risk said to it, and what became of it.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { chartOf } from "../charts/where";
import { percent, plain, words } from "../format";
import { Change, Money } from "../parts/figures";
import { Time } from "../parts/states";
import type { Decision } from "./wire";

export function DecisionItem({ row, open }: { row: Decision; open: boolean }): JSX.Element {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) element.current?.scrollIntoView({ block: "center" });
  }, [open]);
  const refused = row.refused_by !== null;
  const entry = row.intent.startsWith("enter");
  return (
    <li ref={element} class="item" data-chosen={open}>
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
        {refused && (
          <li class="reason-refused">
            Refused by {words(row.refused_by ?? "")}: {row.refusal}
          </li>
        )}
      </ul>
      {row.findings.length > 0 && (
        <details class="small" open={open}>
          <summary class="muted">What risk said</summary>
          <ul class="lamps">
            {row.findings.map(({ check, passed, why }) => (
              <li key={check} data-state={passed ? "good" : "bad"}>
                <span class="lamp" role="img" aria-label={passed ? "passed" : "refused"} />
                <strong>{words(check)}</strong>
                <span class="muted">{why}</span>
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
