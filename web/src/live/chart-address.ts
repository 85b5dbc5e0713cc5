// Where the chart of a traded symbol is.

import { pathOf } from "../route";
import { streams } from "./live";

/** The chart of a symbol as the engine sees it. */
export function liveChart(symbol: string): string {
  const venue = streams.held("status").peek()?.data.venue ?? "";
  return pathOf({ page: "charts", series: { venue, symbol, timeframe: "live" } });
}
