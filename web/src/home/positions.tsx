// What is held, ticking.

import type { JSX } from "preact";

import type { Position } from "../api/records";
import { age, arrow, plain, UNKNOWN } from "../format";
import { useLive } from "../live/live";
import { Card } from "../parts/card";
import { Change, Live, Money, Tinted } from "../parts/figures";
import { Empty } from "../parts/states";
import { chartOf } from "../charts/where";

function Row({
  position,
  currency,
  clock,
}: {
  position: Position;
  currency: string;
  clock: number | null;
}): JSX.Element {
  const { symbol, side, qty, entry_price, last_price, unrealised_pnl, return_pct, opened_at, stop, target } = position;
  return (
    <tr>
      <th scope="row">
        <a href={chartOf(symbol)}>{symbol}</a>
      </th>
      <td class="side" data-side={side}>
        {arrow(side === "long" ? 1 : -1)} {side}
      </td>
      <td class="number" data-label="size" title={`${qty} units`}>
        {plain(Number(qty))}
      </td>
      <td class="number" data-label="entry" title={String(entry_price)}>
        {plain(entry_price)}
      </td>
      <td class="number" data-label="now" title={last_price === null ? undefined : String(last_price)}>
        <Tinted value={last_price}>{plain(last_price)}</Tinted>
      </td>
      <td class="number" data-label="stop">
        {stop === null ? UNKNOWN : plain(stop)}
      </td>
      <td class="number" data-label="target">
        {target === null ? UNKNOWN : plain(target)}
      </td>
      <td class="number pnl">
        <Tinted value={unrealised_pnl}>
          <Money value={unrealised_pnl} currency={null} change />
        </Tinted>
        <span class="unseen"> {currency}</span>
      </td>
      <td class="number">
        <Change value={return_pct} />
      </td>
      <td class="number" data-label="held">
        {opened_at === null || clock === null ? UNKNOWN : age(clock - opened_at)}
      </td>
    </tr>
  );
}

export function Positions({
  currency,
  known,
}: {
  currency: string;
  /** As the records have them: shown until the live ones come. */
  known: readonly Position[];
}): JSX.Element {
  const held = useLive("positions");
  const board = useLive("status");
  const clock = board?.data.market_time ?? null;
  const open = held?.data.positions ?? known;
  const priced = open.some(({ unrealised_pnl }) => unrealised_pnl !== null);
  const sum = priced ? open.reduce((total, { unrealised_pnl }) => total + (unrealised_pnl ?? 0), 0) : null;
  return (
    <Card
      title="Open positions"
      span={6}
      more={
        <span class="small muted">
          unrealised {currency}, before exit fees {open.length > 0 && <Money value={sum} currency={null} change />}{" "}
          <Live at={board?.at ?? null} />
        </span>
      }
    >
      {open.length === 0 ? (
        <Empty title="Nothing is held">
          <p>A position appears here when an entry has been filled, and moves with its price.</p>
        </Empty>
      ) : (
        <div class="scroll-x">
          <table class="positions">
            <thead>
              <tr>
                <th scope="col">Symbol</th>
                <th scope="col">Side</th>
                {["Size", "Entry", "Now", "Stop", "Target", "P&L", "Change", "Held"].map((label) => (
                  <th key={label} scope="col" class="number" data-label={label.toLowerCase()}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {open.map((position) => (
                <Row
                  key={`${position.symbol} ${position.side}`}
                  position={position}
                  currency={currency}
                  clock={clock}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
