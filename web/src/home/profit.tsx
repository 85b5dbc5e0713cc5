// Am I making money: today, in total, realised; and how trades have gone.

import type { JSX } from "preact";

import type { Summary } from "../api/records";
import { UNKNOWN, count, localTime, percent } from "../format";
import { useLive } from "../live/live";
import { Change, Live, Money, Tinted } from "../parts/figures";

export function Profit({ summary }: { summary: Summary }): JSX.Element {
  const status = useLive("status");
  const figures = useLive("metrics")?.data.figures ?? null;
  const { currency, since } = summary;
  const equity = status?.data.equity ?? summary.equity;
  const day = status?.data.day_pnl ?? summary.day_pnl;
  // What equity has gained since the summary was made, total profit has, too.
  const moved = equity === null || summary.equity === null ? 0 : equity - summary.equity;
  const total = summary.total_pnl === null ? null : summary.total_pnl + moved;
  const start = equity === null || total === null ? null : equity - total;
  const sinceText = since === null ? "since the start" : `since ${localTime(since)}`;
  const winRate = figures?.total.win_rate ?? null;
  return (
    <dl class="money span-12">
      <div class="money-main">
        <dt>Today</dt>
        <dd>
          <Tinted value={day}>
            <Money value={day} currency={currency} change />
          </Tinted>
        </dd>
        <dd class="small muted">the market's UTC day, open positions included, after fees</dd>
      </div>
      <div class="money-main">
        <dt>Total</dt>
        <dd>
          <Tinted value={total}>
            <Money value={total} currency={currency} change />
          </Tinted>{" "}
          {start !== null && start > 0 && total !== null && (
            <span class="second">
              <Change value={(total / start) * 100} />
            </span>
          )}
        </dd>
        <dd class="small muted">open positions included, after fees, {sinceText}</dd>
      </div>
      <div>
        <dt>
          Equity <Live at={status?.at ?? null} />
        </dt>
        <dd>
          <Tinted value={equity}>
            <Money value={equity} currency={currency} />
          </Tinted>
        </dd>
      </div>
      <div title={`Of closed trades, after fees, ${sinceText}`}>
        <dt>Realised</dt>
        <dd>
          <Money value={summary.realised_pnl} currency={currency} change />
        </dd>
      </div>
      <div>
        <dt>Fees paid</dt>
        <dd>
          <Money value={summary.fees} currency={currency} />
        </dd>
      </div>
      <div title={winRate === null ? undefined : `${winRate} %`}>
        <dt>Win rate</dt>
        <dd>{winRate === null ? UNKNOWN : percent(winRate, 1)}</dd>
        <dd class="small muted">{count(figures?.total.trades ?? summary.trades)} closed</dd>
      </div>
      <div title={summary.avg_confidence === null ? undefined : `${summary.avg_confidence * 100} %`}>
        <dt>Confidence</dt>
        <dd>{summary.avg_confidence === null ? UNKNOWN : percent(summary.avg_confidence * 100, 1)}</dd>
        <dd class="small muted">mean of all trades</dd>
      </div>
    </dl>
  );
}
