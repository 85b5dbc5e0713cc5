// What every small chart of these pages has in common: the look, UTC, and the credit that the licence asks for.

import { CrosshairMode, type IChartApi, type Time, createChart } from "lightweight-charts";

import { utcTime } from "../format";
import { tickText } from "./axis";
import { type ChartColours, chartColours } from "./palette";

/** A chart that fills its element. */
export function baseChart(element: HTMLElement): IChartApi {
  return createChart(element, {
    autoSize: true,
    layout: { attributionLogo: false, fontFamily: getComputedStyle(element).fontFamily, fontSize: 11 },
    crosshair: { mode: CrosshairMode.Magnet },
    localization: { timeFormatter: (at: Time) => utcTime((at as number) * 1000) },
    timeScale: { timeVisible: true, tickMarkFormatter: tickText, minBarSpacing: 0.02 },
    rightPriceScale: { minimumWidth: 56 },
    kineticScroll: { touch: true, mouse: false },
  });
}

/** Gives a chart the colours of the theme. */
export function paintBase(chart: IChartApi): ChartColours {
  const colours = chartColours();
  chart.applyOptions({
    layout: {
      background: { color: colours.page },
      textColor: colours.muted,
      panes: { separatorColor: colours.line, separatorHoverColor: colours.grid },
    },
    grid: { vertLines: { color: colours.grid }, horzLines: { color: colours.grid } },
    crosshair: {
      vertLine: { color: colours.muted, labelBackgroundColor: colours.accent },
      horzLine: { color: colours.muted, labelBackgroundColor: colours.accent },
    },
    timeScale: { borderColor: colours.line },
    rightPriceScale: { borderColor: colours.line },
  });
  return colours;
}
