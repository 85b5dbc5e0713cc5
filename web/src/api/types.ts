// What the server sends and takes. Times are milliseconds since the Unix epoch; what is undefined is null.

export interface ErrorBody {
  success: false;
  error: string;
  field: string | null;
  id: string;
}

export interface Status {
  version: string;
  mode: string;
  data_folder: string;
  started_at: number;
  uptime_s: number;
  jobs: { running: number; queued: number };
  auth_required: boolean;
}

export interface SeriesKey {
  venue: string;
  symbol: string;
  timeframe: string;
}

export interface Series extends SeriesKey {
  bars: number;
  /** Open time of the first bar. */
  first: number;
  /** Open time of the last bar. */
  last: number;
  simulated: boolean;
}

export interface SeriesList {
  series: Series[];
}

export interface Bars extends SeriesKey {
  timeframe_ms: number;
  simulated: boolean;
  /** Whether older bars exist. */
  more: boolean;
  ts: number[];
  open: number[];
  high: number[];
  low: number[];
  close: number[];
  volume: (number | null)[];
}

export interface Param {
  name: string;
  kind: "int" | "float" | "choice";
  default: number | string;
  min: number | null;
  max: number | null;
  options: string[] | null;
  doc: string;
}

export interface Indicator {
  name: string;
  title: string;
  category: string;
  outputs: string[];
  uses_volume: boolean;
  formula: string;
  source: string;
  params: Param[];
}

export interface IndicatorList {
  indicators: Indicator[];
}

export interface IndicatorValues {
  name: string;
  params: Record<string, number | string>;
  warmup: number;
  ts: number[];
  outputs: Record<string, (number | null)[]>;
}

export interface Headline {
  label: string;
  value: number | null;
  unit: "%" | "x" | "count" | "ratio" | "text";
  text: string | null;
}

export type RunKind = "backtest" | "optimization" | "comparison" | "portfolio";

export interface RunEntry {
  id: string;
  kind: RunKind;
  created_at: number;
  title: string;
  strategy: string | null;
  timeframe: string | null;
  symbols: string[];
  simulated: boolean;
  partial: boolean;
  code_version: string;
  headline: Headline[];
}

export interface RunList {
  runs: RunEntry[];
  unreadable: { id: string; reason: string }[];
}

/** A stored run: its shape depends on its kind, so the pages look before they read. */
export interface StoredRun {
  id?: string;
  has_report: boolean;
  [key: string]: unknown;
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  id: string;
  kind: string;
  state: JobState;
  progress: { done: number; total: number; message: string };
  created_at: number;
  finished_at: number | null;
  result: unknown;
  error: unknown;
}

export interface JobList {
  jobs: Job[];
}
