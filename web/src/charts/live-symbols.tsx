// The symbols that the engine trades, with their last prices.

import type { JSX } from "preact";

import { plain } from "../format";
import { hello, useLive } from "../live/live";
import { Tinted } from "../parts/figures";
import { match } from "../parts/find";
import { chartOf } from "./where";

export function LiveSymbols({ query, chosen }: { query: string; chosen: string | null }): JSX.Element | null {
  const prices = useLive("prices")?.data.prices ?? {};
  const symbols = hello.value?.symbols ?? [];
  const found = symbols.filter((symbol) => match(query, symbol) !== null);
  if (found.length === 0) return null;
  return (
    <>
      <h2 class="small muted list-title">Traded now</h2>
      <ul>
        {found.map((symbol) => {
          const price = prices[symbol]?.[0] ?? null;
          return (
            <li key={symbol}>
              <a class="live-symbol" href={chartOf(symbol)} aria-current={chosen === symbol ? "true" : undefined}>
                <strong>{symbol}</strong>
                <Tinted value={price}>
                  <span class="small" title={price === null ? undefined : String(price)}>
                    {plain(price)}
                  </span>
                </Tinted>
              </a>
            </li>
          );
        })}
      </ul>
      <h2 class="small muted list-title">Stored</h2>
    </>
  );
}
