// The records and the live side by request: what the WebSocket does not carry, or not that far back.

import { get, query } from "./client";
import type { Summary } from "./records";

type Values = Record<string, string | number | undefined>;

/** Leaves out what is empty, so that the server's defaults hold. */
export function given(values: Record<string, string | number | undefined>): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && value !== undefined));
}

/** Everything that Home shows, in one request. */
export const summary = (signal: AbortSignal | null = null): Promise<Summary> => get("/api/live/summary", signal);

/** Address of a download of what is filtered. */
export function exportAddress(table: string, format: "csv" | "parquet", filters: Values): string {
  return `/api/live/export/${table}?${query({ format, ...given(filters) })}`;
}
