// Settings, asked for and changed.

import { get, post, query } from "../api/client";
import type { Change, Config, Outcome, PastChange } from "./wire";

/** Who saves, and why. */
export interface Signature {
  by: string;
  why: string;
}

export const settings = (signal: AbortSignal): Promise<Config> => get<Config>("/api/live/config", signal);

export const pastChanges = (
  offset: number,
  limit: number,
  signal: AbortSignal,
): Promise<{ total: number; rows: PastChange[] }> =>
  get(`/api/live/config/history?${query({ offset, limit })}`, signal);

/** What the changes would do. Nothing is saved. */
export const preview = (changes: readonly Change[], version: number, signal: AbortSignal): Promise<Outcome> =>
  post("/api/live/config", { changes, version, by: "", why: "", confirm: true, dry_run: true }, signal);

/** `confirm` says that what is dangerous is meant. */
export const save = (
  changes: readonly Change[],
  version: number,
  signature: Signature,
  confirm: boolean,
): Promise<Outcome> => post("/api/live/config", { changes, version, ...signature, confirm, dry_run: false });

/** Writes the values before a change again, as a new change. */
export const revert = (id: number, signature: Signature, confirm: boolean): Promise<Outcome> =>
  post("/api/live/config/revert", { id, ...signature, confirm });
