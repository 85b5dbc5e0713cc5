// Whether the server is there, in which mode, and with how much work.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { api, downSince, session, tokenNeeded } from "./api/client";
import type { Status } from "./api/types";

/** The last status that came. */
export const status = signal<Status | null>(null);

/** When it last answered. */
export const seenAt = signal<number | null>(null);

/** Whether what is on screen is simulated data: pages say so, the frame shows it. */
export const simulatedOnScreen = signal(false);

const EVERY_MS = 5_000;
const WHILE_DOWN_MS = 2_000;

/** Asks for the status now and from then on. Gives what stops it. */
export function watchServer(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      status.value = await api.status();
      seenAt.value = Date.now();
    } catch {
      // Whether the server is there, every request notes; a refusal is an answer too.
    }
    if (!stopped) timer = setTimeout(next, downSince.value === null ? EVERY_MS : WHILE_DOWN_MS);
  };
  const next = (): void => {
    if (document.hidden || tokenNeeded.value) timer = setTimeout(next, WHILE_DOWN_MS);
    else void ask();
  };
  void ask();
  const unsubscribe = session.subscribe((count) => {
    if (count > 0) void ask();
  });
  return () => {
    stopped = true;
    clearTimeout(timer);
    unsubscribe();
  };
}

/** Says that simulated data is on screen as long as the calling page shows it. */
export function useSimulatedFrame(simulated: boolean): void {
  useEffect(() => {
    simulatedOnScreen.value = simulated;
    return () => {
      simulatedOnScreen.value = false;
    };
  }, [simulated]);
}
