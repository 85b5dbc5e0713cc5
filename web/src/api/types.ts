// What the server sends and takes. Times are milliseconds since the Unix epoch; what is undefined is null. The shapes
// come from the server's own description (`npm run types`); what stands here beside them narrows a text to its words.

import type { components } from "./generated";

/** As it arrives: every field is there, undefined ones are null. */
type Sent<T> = T extends readonly unknown[]
  ? number extends T["length"]
    ? Sent<T[number]>[]
    : { [Index in keyof T]: Sent<T[Index]> }
  : T extends object
    ? { [Key in keyof T]-?: Sent<T[Key]> }
    : T;

/** A shape by its name in the server's description. */
export type Schema<Name extends keyof components["schemas"]> = Sent<components["schemas"][Name]>;

/** A shape where texts are known to be one of a few words. */
export type Worded<Shape, Words> = Omit<Shape, keyof Words> & Words;

export interface ErrorBody {
  success: false;
  error: string;
  field: string | null;
  id: string;
}

export type Status = Schema<"Status">;
export type Series = Schema<"SeriesView">;
export type SeriesList = Schema<"SeriesList">;
export type SeriesKey = Pick<Series, "venue" | "symbol" | "timeframe">;
export type Bars = Schema<"BarsView">;

export interface Param extends Omit<Schema<"ParamView">, "kind" | "default"> {
  kind: "int" | "float" | "choice";
  default: number | string;
}

export interface Indicator extends Omit<Schema<"IndicatorView">, "params"> {
  params: Param[];
}

export interface IndicatorList {
  indicators: Indicator[];
}

export interface IndicatorValues extends Omit<Schema<"ValuesView">, "params"> {
  params: Record<string, number | string>;
}

export interface Headline {
  label: string;
  value: number | null;
  unit: "%" | "x" | "count" | "ratio" | "text";
  text: string | null;
}

export type RunKind = "backtest" | "optimization" | "comparison" | "portfolio";

export interface RunEntry extends Omit<
  Schema<"RunView">,
  "kind" | "headline" | "created_at" | "strategy" | "timeframe"
> {
  kind: RunKind;
  created_at: number;
  strategy: string | null;
  timeframe: string | null;
  headline: Headline[];
}

export interface RunList extends Omit<Schema<"RunList">, "runs"> {
  runs: RunEntry[];
}

/** A stored run: its shape depends on its kind, so the pages look before they read. */
export interface StoredRun {
  id?: string;
  has_report: boolean;
  [key: string]: unknown;
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface Job extends Omit<Schema<"JobView">, "state"> {
  state: JobState;
}

export interface JobList {
  jobs: Job[];
}
