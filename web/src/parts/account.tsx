// What the account is worth and what today has brought, at the top of every page.

import type { JSX } from "preact";

import { usePart } from "../live/live";
import { Money } from "./figures";

export function Account(): JSX.Element | null {
  const part = usePart("status", null, (held) =>
    held === null ? null : { equity: held.data.equity, day: held.data.day_pnl, currency: held.data.currency },
  );
  const shown = part.value;
  if (shown === null) return null;
  return (
    <a
      class="account"
      href="/"
      title="What the account is worth now, and what the market's UTC day has brought after fees"
    >
      <span>
        <span class="label wide-only">Equity</span> <Money value={shown.equity} currency={shown.currency} />
      </span>
      <span>
        <span class="label wide-only">Today</span> <Money value={shown.day} currency={shown.currency} change />
      </span>
    </a>
  );
}
