// The last look before settings are saved: before and after, what it comes to, who and why.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ApiError } from "../api/client";
import { words } from "../format";
import { Dialog } from "../parts/dialog";
import { SignatureFields } from "../parts/signature";
import { Trouble, Waiting } from "../parts/states";
import { signed } from "../parts/who";
import type { Verdict } from "./check";
import { type Account, WHEN, danger, inMoney } from "./consequence";
import { Dangers } from "./dangers";
import type { Edit } from "./drafts";
import { save } from "./requests";
import { shown } from "./values";
import type { Applied, Change, Outcome } from "./wire";

function Line({ change, edit, account }: { change: Applied; edit: Edit | undefined; account: Account }): JSX.Element {
  const money = inMoney(change, account);
  const unit = edit?.field.unit ?? null;
  return (
    <li data-path={change.path}>
      <strong>{words(edit?.field.name ?? change.path)}</strong>{" "}
      <span class="before-after">
        <s>{shown(change.before)}</s> → <b>{shown(change.after)}</b>
        {unit !== null && <span class="muted"> {unit}</span>}
      </span>
      <p class="small">
        {change.effect}
        {money !== null && <span class="consequence">{money}</span>}
        {edit !== undefined && <span class="muted"> Counts {WHEN[edit.field.live]}.</span>}
      </p>
    </li>
  );
}

export function Review({
  edits,
  changes,
  version,
  verdict,
  account,
  saved,
  outdated,
  close,
}: {
  edits: readonly Edit[];
  changes: readonly Change[];
  version: number;
  verdict: Verdict;
  account: Account;
  saved: (outcome: Outcome) => void;
  /** Somebody else has saved meanwhile. */
  outdated: () => void;
  close: () => void;
}): JSX.Element {
  const [why, setWhy] = useState("");
  const [understood, setUnderstood] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const applied = verdict.applied ?? [];
  const dangers = applied.flatMap((change) => danger(change, account) ?? []);
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      saved(await save(changes, version, { by: signed(), why: why.trim() }, understood));
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 409) outdated();
      setError(cause instanceof ApiError ? cause : new ApiError(String(cause), 0));
      setBusy(false);
    }
  };
  return (
    <Dialog title={changes.length === 1 ? "Save this change?" : `Save these ${changes.length} changes?`} close={close}>
      <form
        class="review"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {verdict.error !== null && <Trouble what="The server does not take this" error={verdict.error} />}
        {verdict.error === null && verdict.applied === null && <Waiting lines={2} label="Asking what it would do" />}
        <ul class="changes">
          {applied.map((change) => (
            <Line
              key={change.path}
              change={change}
              edit={edits.find(({ field }) => field.path === change.path)}
              account={account}
            />
          ))}
        </ul>
        <Dangers dangers={dangers} understood={understood} understand={setUnderstood} />
        <SignatureFields why={why} setWhy={setWhy} example="quieter over the weekend" />
        {error !== null && <Trouble what="Nothing was saved" error={error} />}
        <footer>
          <button type="button" onClick={close}>
            Not yet
          </button>
          <button
            type="submit"
            class={dangers.length > 0 ? "danger filled" : "primary"}
            disabled={busy || verdict.applied === null || (dangers.length > 0 && !understood)}
          >
            {busy ? "Saving …" : "Save"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
