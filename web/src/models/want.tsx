// What is wanted of a model or a training: what it comes to, who wants it and why, and one click that does it.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

import { ApiError } from "../api/client";
import { count, percentChange } from "../format";
import { Dialog } from "../parts/dialog";
import { SignatureFields } from "../parts/signature";
import { Trouble } from "../parts/states";
import { signed } from "../parts/who";
import { type Model, type Reason, type Training, type Wanted, callOff, retrain, titleOf, wantOf } from "./wire";

function Confirm({
  title,
  verb,
  example,
  danger = false,
  act,
  done,
  close,
  children,
}: {
  title: string;
  verb: string;
  example: string;
  danger?: boolean;
  act: (reason: Reason) => Promise<unknown>;
  done: () => void;
  close: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await act({ by: signed(), why: why.trim() });
      done();
      close();
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError(String(cause), 0));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} close={close}>
      <form
        class="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {children}
        <SignatureFields why={why} setWhy={setWhy} example={example} />
        {error !== null && <Trouble what="Nothing has changed" error={error} />}
        <footer>
          {why.trim() === "" && <span class="small muted">It goes on record: say why.</span>}
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={danger ? "danger filled" : "primary"} disabled={busy || why.trim() === ""}>
            {busy ? "Doing it …" : verb}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** What was measured of a model on rows that nobody had seen, in a sentence. */
function Measured({ model }: { model: Model }): JSX.Element {
  const { metrics } = model;
  const earned = metrics["gate.candidate.return"];
  const rows = metrics["gate.rows"];
  if (earned === undefined) return <p>Nothing was measured of it on rows that it had not seen.</p>;
  return (
    <p>
      On {rows === undefined ? "the" : count(rows)} newest rows, which it had not seen, it brought{" "}
      <strong>{percentChange(earned * 100)}</strong> a series after costs.
    </p>
  );
}

const TITLES: Record<Wanted, string> = { promote: "Promote", archive: "Archive", rollback: "Roll back" };

/** The window of a word on a model. */
export function WantDialog({
  model,
  wanted,
  models,
  done,
  close,
}: {
  model: Model;
  wanted: Wanted;
  models: readonly Model[];
  done: () => void;
  close: () => void;
}): JSX.Element {
  const title = titleOf(model);
  const same = models.filter(({ scope }) => scope.words === model.scope.words);
  const deciding = same.find(({ stage }) => stage === "production") ?? null;
  const before = same
    .filter(({ id, stage, promoted_at }) => id !== model.id && stage === "archived" && promoted_at !== null)
    .sort((a, b) => (b.promoted_at ?? 0) - (a.promoted_at ?? 0))[0];
  const examples: Record<Wanted, string> = {
    promote: "its card convinces",
    archive: "a newer one is better",
    rollback: "it loses since noon",
  };
  return (
    <Confirm
      title={`${TITLES[wanted]} ${title}?`}
      verb={TITLES[wanted]}
      example={examples[wanted]}
      danger={wanted !== "archive"}
      act={(reason) => wantOf(model.id, wanted, reason)}
      done={done}
      close={close}
    >
      {wanted === "promote" && (
        <>
          <p>
            <strong>{title}</strong> decides on {model.scope.words}, all signals at once and without a canary.{" "}
            {deciding === null
              ? "So far no model decides there."
              : `${titleOf(deciding)}, which decides now, is archived; rolling back brings it back.`}
          </p>
          <Measured model={model} />
        </>
      )}
      {wanted === "archive" && (
        <p>
          <strong>{title}</strong> is put away
          {model.stage === "production"
            ? ": no model decides on these any more, the strategy's rules decide alone."
            : ". It can be promoted again later."}
        </p>
      )}
      {wanted === "rollback" && (
        <p>
          <strong>{title}</strong> has failed and never decides again.{" "}
          {before === undefined ? "Another one" : <strong>{titleOf(before)}</strong>} decides in its place, as it did
          before.
        </p>
      )}
    </Confirm>
  );
}

/** The window of a new training. */
export function RetrainDialog({
  names,
  done,
  close,
}: {
  names: readonly string[];
  done: () => void;
  close: () => void;
}): JSX.Element {
  const [line, setLine] = useState(names[0] ?? "");
  return (
    <Confirm
      title="Train again now?"
      verb="Train"
      example="the market has changed"
      act={(reason) => retrain(line, reason)}
      done={done}
      close={close}
    >
      <label>
        <span class="small muted">Models</span>
        <select value={line} onChange={(event) => setLine(event.currentTarget.value)}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <p>
        A new <strong>{line}</strong> is trained the way the newest one was, on the bars of today, and must pass its gate
        against the one that decides. It takes minutes, and begins once a running `mem run` or `mem demo` has its turn.
      </p>
    </Confirm>
  );
}

/** The window of calling a training off. */
export function CallOffDialog({
  training,
  done,
  close,
}: {
  training: Training;
  done: () => void;
  close: () => void;
}): JSX.Element {
  return (
    <Confirm
      title={`Call training ${training.id} off?`}
      verb="Call off"
      example="not needed any more"
      danger
      act={(reason) => callOff(training.id, reason)}
      done={done}
      close={close}
    >
      <p>
        Training {training.id} of <strong>{training.line}</strong>{" "}
        {training.status === "running" ? "ends, and what it has done so far is lost." : "does not begin."}
      </p>
    </Confirm>
  );
}
