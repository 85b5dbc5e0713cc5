// Which alerts are shown: what the address says, and how alerts answer it.

import { words } from "../format";
import type { Alert, Severity } from "../api/records";

/** From the worst to the mildest. */
export const SEVERITIES: Severity[] = ["red", "yellow", "info"];

/** How many there are of each. */
export function counts(alerts: readonly Alert[]): Record<Severity, number> {
  const of = (severity: Severity): number => alerts.filter((alert) => alert.severity === severity).length;
  return { red: of("red"), yellow: of("yellow"), info: of("info") };
}

/** What the address asks for. */
export interface Filter {
  severity: string;
  kind: string;
}

/** Those that answer a filter; an empty word asks for all. */
export function answering(alerts: readonly Alert[], { severity, kind }: Filter): Alert[] {
  return alerts.filter(
    (alert) => (severity === "" || alert.severity === severity) && (kind === "" || alert.kind === kind),
  );
}

/** A kind as words: `LOW_WIN_RATE` is "Low win rate". */
export function kindText(kind: string): string {
  const text = words(kind).toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The symbol that an alert is about, if it is about one of these. */
export function symbolOf(alert: Pick<Alert, "subject">, symbols: readonly string[]): string | null {
  const first = alert.subject.split(" ")[0] ?? "";
  return symbols.includes(first) ? first : null;
}

/** Alerts that nobody has heard of yet, and those that have become worse since: what is to be said aloud. */
export function news(known: ReadonlyMap<number, string>, alerts: readonly Alert[]): Alert[] {
  return alerts.filter(({ id, severity }) => known.get(id) !== severity);
}
