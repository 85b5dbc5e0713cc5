// The stop button and its window, with what the engine says.

import { signal } from "@preact/signals";
import type { JSX } from "preact";

import { streams, usePart } from "../live/live";
import { type Asked, KillButton, StopDialog } from "./kill-switch";

/** The window that is open; null for none. */
export const stopping = signal<Asked | null>(null);

/** The button; nothing where no engine runs. */
export function Stop(): JSX.Element | null {
  const reason = usePart("status", null, (held) => (held === null ? null : { reason: held.data.kill_switch }));
  if (reason.value === null) return null;
  return (
    <KillButton
      reason={reason.value.reason}
      ask={() => {
        stopping.value = "stop";
      }}
    />
  );
}

/** The window, while it is open. */
export function StopWindow(): JSX.Element | null {
  const board = streams.held("status").value;
  if (stopping.value === null || board === null) return null;
  return (
    <StopDialog
      standing={board.data}
      first={stopping.value}
      close={() => {
        stopping.value = null;
      }}
    />
  );
}
