// What just happened: decisions and fills, the newest first, by the market's clock.

import type { JSX } from "preact";

import { plain, words } from "../format";
import { useLive } from "../live/live";
import { Card } from "../parts/card";
import { Money } from "../parts/figures";
import { Empty, Time, Waiting } from "../parts/states";
import { useLatestTrades } from "../trades/latest";
import { type Happening, happenings } from "./happenings";

const MOST = 9;

function What({ one, currency }: { one: Happening; currency: string }): JSX.Element {
  switch (one.kind) {
    case "fill":
      return (
        <span title={`${one.fill.qty} at ${one.fill.price}, fee ${one.fill.fee} ${one.fill.fee_asset}`}>
          {one.fill.side === "buy" ? "bought" : "sold"} {plain(Number(one.fill.qty))} at {plain(Number(one.fill.price))}
        </span>
      );
    case "closed":
      return (
        <span title={words(one.trade.exit_reason ?? "")}>
          closed <Money value={one.trade.pnl} currency={currency} change />
        </span>
      );
    case "decision":
      return (
        <span title={one.signal.refusal ?? one.signal.reasons.join("; ")}>
          {one.signal.refused_by === null ? "decided:" : "refused:"} {words(one.signal.intent)}
        </span>
      );
  }
}

export function Happened({ currency, engine }: { currency: string; engine: boolean }): JSX.Element {
  const signals = useLive("signals");
  const fills = useLive("fills");
  const closed = useLatestTrades("", MOST);
  const known = signals !== null || fills !== null || closed !== null;
  const list = happenings(signals?.data.signals ?? [], fills?.data.fills ?? [], closed ?? [], MOST);
  return (
    <Card title="Just happened" span={4} more={<a href="/trades">All trades</a>}>
      {!engine ? (
        <Empty title="Nothing happens here">
          <p>
            What happened is under <a href="/trades">Trades</a> and <a href="/memory">Memory</a>.
          </p>
        </Empty>
      ) : !known ? (
        <Waiting lines={3} />
      ) : list.length === 0 ? (
        <Empty title="Nothing yet">
          <p>Every decision, every fill and every closed trade appears here as it happens.</p>
        </Empty>
      ) : (
        <ol class="happened">
          {list.map((one) => (
            <li key={one.key} data-kind={one.kind}>
              <Time ms={one.ts} clock />
              <a href={one.address}>{one.symbol}</a>
              <What one={one} currency={currency} />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
