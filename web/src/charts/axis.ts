// The time axis of every chart: seconds since the Unix epoch inside, UTC on screen.

import { TickMarkType, type Time, type UTCTimestamp } from "lightweight-charts";

/** An instant as charts take it. */
export const time = (ms: number): UTCTimestamp => Math.round(ms / 1000) as UTCTimestamp;

/** Milliseconds of a day. */
export const day = 86_400_000;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What stands at a tick. */
export function tickText(at: Time, type: TickMarkType): string {
  const iso = new Date((at as number) * 1000).toISOString();
  switch (type) {
    case TickMarkType.Year:
      return iso.slice(0, 4);
    case TickMarkType.Month:
      return months[Number(iso.slice(5, 7)) - 1] ?? "";
    case TickMarkType.DayOfMonth:
      return String(Number(iso.slice(8, 10)));
    case TickMarkType.Time:
      return iso.slice(11, 16);
    case TickMarkType.TimeWithSeconds:
      return iso.slice(11, 19);
  }
}
