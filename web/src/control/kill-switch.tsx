// Stopping: one click on every page, a window that says what it comes to, and one click that does it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { counted } from "../format";
import { Dialog } from "../parts/dialog";
import { SignatureFields } from "../parts/signature";
import { Trouble } from "../parts/states";
import { signed } from "../parts/who";
import { type Holdings, holdingsText } from "./consequence";
import { useCommand } from "./use-command";

/** What the window is about. */
export type Asked = "stop" | "flatten";

/** How trading stands, as far as it is known. */
export interface Standing extends Holdings {
  /** Why an operator forbids entries; null where he does not. */
  kill_switch: string | null;
}

/** The button in the top bar: says whether entries are allowed. */
export function KillButton({ reason, ask }: { reason: string | null; ask: () => void }): JSX.Element {
  const on = reason !== null;
  return (
    <button
      type="button"
      class={`kill${on ? " on" : ""}`}
      data-kill={on ? "on" : "off"}
      title={on ? `Kill switch is on: ${reason}` : "Stop entries, close positions (k)"}
      onClick={ask}
    >
      {on ? "Stopped" : "Stop"}
    </button>
  );
}

/** Two steps: choose, then confirm what it comes to. */
export function StopDialog({
  standing,
  first,
  close,
}: {
  standing: Standing;
  first: Asked;
  close: () => void;
}): JSX.Element {
  const { busy, error, send } = useCommand();
  const [asked, setAsked] = useState<Asked>(first);
  const [why, setWhy] = useState("");
  const on = standing.kill_switch !== null;
  const holdings = holdingsText(standing);
  const held = standing.positions.length > 0;
  const reason = `${why.trim() === "" ? "from the dashboard" : why.trim()} (${signed()})`;
  const commit = async (): Promise<void> => {
    const done =
      asked === "flatten"
        ? // First no new entries, or the strategy would open again what is being closed.
          await send(...(on ? [] : [{ command: "kill_switch_on", reason } as const]), { command: "flatten" })
        : await send(on ? { command: "kill_switch_off" } : { command: "kill_switch_on", reason });
    if (done) close();
  };
  const title = asked === "flatten" ? "Close every position?" : on ? "Allow entries again?" : "Stop entries?";
  return (
    <Dialog title={title} close={close}>
      <form
        class="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          void commit();
        }}
      >
        <div class="chips" role="group" aria-label="What to stop">
          <button type="button" aria-pressed={asked === "stop"} onClick={() => setAsked("stop")}>
            {on ? "Entries again" : "Stop entries"}
          </button>
          <button type="button" aria-pressed={asked === "flatten"} onClick={() => setAsked("flatten")}>
            Close everything
          </button>
        </div>
        {asked === "flatten" ? (
          <p>
            Orders at the market go out for <strong>{holdings}</strong>; fees and slippage come on top.
            {on ? "" : " The kill switch is pulled first, so that nothing is entered again."} What is closed cannot be
            opened again at the same price.
          </p>
        ) : on ? (
          <p>
            The kill switch is on: <q>{standing.kill_switch}</q>. Without it the strategy enters again with its next
            signal.
          </p>
        ) : (
          <p>
            Nothing is entered any more. <strong>{held ? holdings : "No position is open"}</strong>
            {held
              ? (standing.positions.length === 1 ? " stays" : " stay") + ": stops, targets and exits go on working"
              : ""}
            ; {counted(standing.open_orders, "order")} {standing.open_orders === 1 ? "is" : "are"} open. It can be taken
            back at any time.
          </p>
        )}
        {!(on && asked === "stop") && <SignatureFields why={why} setWhy={setWhy} example="news at noon" />}
        {error !== null && <Trouble what="That did not work" error={error} />}
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={on && asked === "stop" ? "primary" : "danger filled"}
            disabled={busy || (asked === "flatten" && !held)}
          >
            {asked === "flatten" ? "Close everything" : on ? "Allow entries" : "Stop entries"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
