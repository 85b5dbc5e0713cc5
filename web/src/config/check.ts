// Has the server look at changes that are being typed, without saving them.

import { useEffect, useState } from "preact/hooks";

import { ApiError } from "../api/client";
import { preview } from "./requests";
import type { Applied, Change } from "./wire";

const PAUSE_MS = 250;

/** What the server says of the changes as they stand. */
export interface Verdict {
  /** What they would do; null while it is not known. */
  applied: Applied[] | null;
  error: ApiError | null;
}

const NOTHING: Verdict = { applied: null, error: null };

/** Asks once typing has paused. An answer to an older question is left out. */
export function useVerdict(changes: readonly Change[], version: number): Verdict {
  const [verdict, setVerdict] = useState<Verdict>(NOTHING);
  const asked = JSON.stringify([changes, version]);
  useEffect(() => {
    setVerdict(NOTHING);
    if (changes.length === 0) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      preview(changes, version, controller.signal).then(
        ({ applied }) => setVerdict({ applied, error: null }),
        (cause: unknown) => {
          if (controller.signal.aborted) return;
          setVerdict({ applied: null, error: cause instanceof ApiError ? cause : new ApiError(String(cause), 0) });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [asked]);
  return verdict;
}
