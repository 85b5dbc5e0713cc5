// Which outputs of which indicators lie on the price, and how each is drawn.

/** How one output is drawn. */
export type Drawing = "line" | "dots" | "histogram" | "none";

/** Where an indicator goes and how its outputs look. */
export interface Placement {
  /** On the price, or in a pane of its own. */
  pane: "price" | "own";
  /** Outputs that are not plain lines. */
  drawings: Record<string, Drawing>;
  /** Levels that its readers look for. */
  guides: number[];
}

const onPrice: Placement = { pane: "price", drawings: {}, guides: [] };
const own: Placement = { pane: "own", drawings: {}, guides: [] };

const placements: Record<string, Placement> = {
  sma: onPrice,
  ema: onPrice,
  wma: onPrice,
  hull_ma: onPrice,
  tema: onPrice,
  bollinger_bands: onPrice,
  keltner_channels: onPrice,
  donchian_channels: onPrice,
  ichimoku: onPrice,
  vwap: onPrice,
  pivot_points: onPrice,
  fibonacci_retracement: onPrice,
  // The direction is told by the side of the price that the line is on.
  supertrend: { ...onPrice, drawings: { direction: "none" } },
  psar: { ...onPrice, drawings: { sar: "dots", trend: "none" } },

  macd: { ...own, drawings: { hist: "histogram" }, guides: [0] },
  elder_ray: { ...own, drawings: { bull: "histogram", bear: "histogram" }, guides: [0] },
  awesome_oscillator: { ...own, drawings: { awesome_oscillator: "histogram" }, guides: [0] },
  rsi: { ...own, guides: [30, 70] },
  mfi: { ...own, guides: [20, 80] },
  stochastic: { ...own, guides: [20, 80] },
  williams_r: { ...own, guides: [-80, -20] },
  ultimate_oscillator: { ...own, guides: [30, 70] },
  cci: { ...own, guides: [-100, 100] },
  adx: { ...own, guides: [25] },
  cmf: { ...own, guides: [0] },
  roc: { ...own, guides: [0] },
  momentum: { ...own, guides: [0] },
  tsi: { ...own, guides: [0] },
  kst: { ...own, guides: [0] },
};

/** Where an indicator goes; one that is not listed has a pane of its own and plain lines. */
export function placementOf(indicator: string): Placement {
  return placements[indicator] ?? own;
}

/** How many bars before its own bar a value is drawn: the lagging span of Ichimoku is the close, looked at from then. */
export function drawnBack(indicator: string, output: string, params: Record<string, number | string>): number {
  const bars = indicator === "ichimoku" && output === "chikou_span" ? Number(params["displacement"]) : 0;
  return Number.isInteger(bars) && bars > 0 ? bars : 0;
}

/** How one of its outputs is drawn. */
export function drawingOf(indicator: string, output: string): Drawing {
  return placementOf(indicator).drawings[output] ?? "line";
}
