// Where the live chart of a symbol is.

import { pathOf } from "../route";

/** Address of the chart of a symbol that the engine trades. */
export function chartOf(symbol: string): string {
  return pathOf({ page: "live", symbol });
}
