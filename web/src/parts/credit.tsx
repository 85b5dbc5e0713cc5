// The credit that the licence of the charts asks for.

import type { JSX } from "preact";

export function ChartCredit(): JSX.Element {
  return (
    <p class="small muted chart-credit">
      Charts: times are UTC, drawn with{" "}
      <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
        TradingView Lightweight Charts™
      </a>
      , © TradingView, Inc.
    </p>
  );
}
