// What the server says of its settings.

/** A value as a setting holds it. */
export type Value = number | string | boolean | string[] | null;

/** One setting. */
export interface Field {
  name: string;
  /** Where it is, `risk.max_position`. */
  path: string;
  doc: string;
  kind: "float" | "int" | "bool" | "choice" | "text" | "list";
  value: Value;
  default: Value;
  min: number | null;
  max: number | null;
  options: string[] | null;
  unit: string | null;
  /** When a change counts. */
  live: "at_once" | "new_session" | "restart";
  /** Where the value comes from. */
  source: "default" | "mem.toml" | "saved" | "env" | "flag";
}

export interface Section {
  name: string;
  doc: string;
  fields: Field[];
}

/** One symbol and what trades it. */
export interface Lane {
  symbol: string;
  strategy: string;
  params: Record<string, unknown>;
  bars: string;
  enabled: boolean;
}

export interface Config {
  version: number;
  sections: Section[];
  lanes: Lane[];
  /** Timeframes that bars can have. */
  timeframes: string[];
}

export interface Change {
  path: string;
  value: Value;
}

/** What became, or would become, of one change. */
export interface Applied {
  path: string;
  before: Value;
  after: Value;
  effect: string;
}

export interface Outcome {
  version: number;
  applied: Applied[];
}

/** One saved change of settings. */
export interface PastChange {
  id: number;
  ts: number;
  by: string;
  why: string;
  changes: { path: string; before: Value; after: Value }[];
  /** When the engine took it over. */
  applied_at: number | null;
  /** The change that this one took back. */
  reverts: number | null;
}
