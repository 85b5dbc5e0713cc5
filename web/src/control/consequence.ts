// What stopping and closing come to, in numbers.

import type { Position } from "../api/records";
import { counted, fixed, signed } from "../format";

/** As much of an open position as is needed. */
export type Open = Pick<Position, "symbol" | "qty" | "last_price" | "unrealised_pnl">;

/** What there is to lose. */
export interface Holdings {
  positions: readonly Open[];
  open_orders: number;
  currency: string;
}

/** What positions are worth, without sign; null where a price is not known. */
export function worth(positions: readonly Open[]): number | null {
  let sum = 0;
  for (const { qty, last_price } of positions) {
    if (last_price === null) return null;
    sum += Math.abs(Number(qty)) * last_price;
  }
  return sum;
}

/** Gain of all positions if they were closed now, before fees; null where one is not known. */
export function unrealised(positions: readonly Open[]): number | null {
  return positions.reduce<number | null>(
    (sum, { unrealised_pnl }) => (sum === null || unrealised_pnl === null ? null : sum + unrealised_pnl),
    0,
  );
}

/** "4 open positions worth 7,240.10 USD (+12.93 if closed now, before fees)". */
export function holdingsText({ positions, currency }: Holdings): string {
  if (positions.length === 0) return "no open position";
  const value = worth(positions);
  const gain = unrealised(positions);
  return (
    counted(positions.length, "open position") +
    (value === null ? "" : ` worth ${fixed(value, 2)} ${currency}`) +
    (gain === null ? "" : ` (${signed(gain, 2)} ${currency} if closed now, before fees)`)
  );
}
