// Sending commands from components: whether one is on its way, and why the last one failed.

import { useState } from "preact/hooks";

import { ApiError } from "../api/client";
import { type Command, order } from "./commands";

export interface Sender {
  busy: boolean;
  error: ApiError | null;
  /** Sends one after the other, and says whether all were taken. */
  send: (...commands: Command[]) => Promise<boolean>;
}

export function useCommand(): Sender {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const send = async (...commands: Command[]): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      for (const command of commands) await order(command);
      return true;
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError(String(cause), 0));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, send };
}
