// What a change of a setting comes to, in numbers.

import { fixed, percent } from "../format";
import type { Applied, Field, Value } from "./wire";

/** The account that the numbers are about; null where it is not known. */
export interface Account {
  equity: number | null;
  currency: string;
}

/** Settings that are fractions of the account's equity, and what they limit. */
const OF_EQUITY: Record<string, string> = {
  "risk.max_risk_per_trade": "one trade may lose at its stop",
  "risk.max_position": "the largest position in one symbol",
  "risk.max_exposure": "all positions together",
  "risk.correlation.max_exposure": "positions that move together",
  "risk.max_daily_loss": "a day may lose before entries stop",
  "risk.max_drawdown": "equity may fall from its peak before entries stop",
  "risk.max_leverage": "all positions together, at the very most",
};

const LEVERAGE = "risk.max_leverage";

function number(value: Value): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A change of a fraction of equity in money; null for other settings. */
export function inMoney(
  { path, before, after }: Omit<Applied, "effect">,
  { equity, currency }: Account,
): string | null {
  const what = OF_EQUITY[path];
  const from = number(before);
  const to = number(after);
  if (what === undefined || from === null || to === null || equity === null) return null;
  return `${what}: ${fixed(from * equity, 2)} → ${fixed(to * equity, 2)} ${currency} of ${fixed(equity, 2)} now`;
}

/** Why a change is dangerous and what it can cost; null where it is not. */
export function danger({ path, before, after }: Omit<Applied, "effect">, { equity, currency }: Account): string | null {
  const to = number(after);
  if (path === LEVERAGE && to !== null && to > 1 && to > (number(before) ?? 1)) {
    const money =
      equity === null
        ? ""
        : `Positions may reach ${fixed(to * equity, 2)} ${currency} on ${fixed(equity, 2)} of your own. `;
    return `${money}Fully used, prices that move ${percent(100 / to)} against you take the whole account.`;
  }
  return null;
}

/** When a change of this setting counts, in words. */
export const WHEN: Record<Field["live"], string> = {
  at_once: "at once",
  new_session: "with a new session, which begins by itself",
  restart: "after a restart",
};
