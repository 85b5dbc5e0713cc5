// What operators want of the engine. Every command stands in the audit.

import { post } from "../api/client";
import type { Watched } from "../api/records";

/** What becomes of a command. */
export interface Answer {
  success: true;
  /** When the engine carried it out; null while it is on its way. */
  applied_at: number | null;
  /** The number of what was made. */
  id: number | null;
}

export type Command =
  | { command: "kill_switch_on"; reason: string }
  | { command: "kill_switch_off" }
  | { command: "flatten" }
  | { command: "resume" }
  | { command: "acknowledge"; alert: number; by: string }
  | ({ command: "watch_price" } & Omit<Watched, "id">)
  | { command: "unwatch_price"; id: number };

/** Sends a command. */
export const order = (command: Command): Promise<Answer> => post<Answer>("/command", command);
