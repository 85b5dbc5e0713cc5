// What was changed, by whom and why, newest first, with the way back.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { ApiError } from "../api/client";
import { useLoad } from "../api/load";
import { count } from "../format";
import { Dialog } from "../parts/dialog";
import { SignatureFields } from "../parts/signature";
import { Empty, Shown, Time, Trouble } from "../parts/states";
import { signed } from "../parts/who";
import { type Account, danger } from "./consequence";
import { Dangers } from "./dangers";
import { pastChanges, revert } from "./requests";
import { shown } from "./values";
import type { Outcome, PastChange } from "./wire";

const PAGE = 20;

function Values({ changes, back = false }: { changes: PastChange["changes"]; back?: boolean }): JSX.Element {
  return (
    <ul class="values">
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <code>{path}</code>{" "}
          <span class="before-after">
            {back ? (
              <>
                <s>{shown(after)}</s> → <b>{shown(before)}</b>
              </>
            ) : (
              <>
                {shown(before)} → <b>{shown(after)}</b>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Revert({
  change,
  account,
  done,
  close,
}: {
  change: PastChange;
  account: Account;
  done: (outcome: Outcome) => void;
  close: () => void;
}): JSX.Element {
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [understood, setUnderstood] = useState(false);
  const dangers = change.changes.flatMap(
    ({ path, before, after }) => danger({ path, before: after, after: before }, account) ?? [],
  );
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      done(await revert(change.id, { by: signed(), why: why.trim() }, understood));
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError(String(cause), 0));
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Take change ${change.id} back?`} close={close}>
      <form
        class="review"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p>The values before it are written again, as a new change:</p>
        <Values changes={change.changes} back />
        <Dangers dangers={dangers} understood={understood} understand={setUnderstood} />
        <SignatureFields why={why} setWhy={setWhy} example="it did not help" />
        {error !== null && <Trouble what="Nothing was changed" error={error} />}
        <footer>
          <button type="button" onClick={close}>
            Keep it
          </button>
          <button type="submit" class="primary" disabled={busy || (dangers.length > 0 && !understood)}>
            {busy ? "Saving …" : "Take it back"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Whenever `version` changes, something was saved or taken over, and the list is asked for again. */
export function History({
  version,
  account,
  reverted,
}: {
  version: string;
  account: Account;
  reverted: (outcome: Outcome) => void;
}): JSX.Element {
  const [limit, setLimit] = useState(PAGE);
  const [chosen, setChosen] = useState<PastChange | null>(null);
  const loaded = useLoad(`config-history ${limit}`, (signal) => pastChanges(0, limit, signal));
  useEffect(loaded.reload, [version]);
  return (
    <section class="card history" aria-label="History">
      <header>
        <h2>History</h2>
      </header>
      <Shown loaded={loaded} what="The history did not come" lines={3}>
        {({ rows, total }) =>
          rows.length === 0 ? (
            <Empty title="Nothing has been changed yet">
              <p>
                Every change that is saved here stands in this list, with its author and reason, and can be taken back.
              </p>
            </Empty>
          ) : (
            <>
              <ol class="changes">
                {rows.map((change) => (
                  <li key={change.id} data-change={change.id}>
                    <div class="change-head">
                      <strong>#{change.id}</strong>
                      <span>{change.by}</span>
                      <Time ms={change.ts} />
                      <span class="spring" />
                      <span class={change.applied_at === null ? "badge" : "small muted"}>
                        {change.applied_at === null ? (
                          "not in force yet"
                        ) : (
                          <>
                            in force since <Time ms={change.applied_at} />
                          </>
                        )}
                      </span>
                      <button type="button" onClick={() => setChosen(change)}>
                        Revert
                      </button>
                    </div>
                    {change.reverts !== null && <p class="small muted">takes change {change.reverts} back</p>}
                    {change.why !== "" && <p class="why">{change.why}</p>}
                    <Values changes={change.changes} />
                  </li>
                ))}
              </ol>
              {total > rows.length && (
                <button type="button" class="more" onClick={() => setLimit(limit + PAGE)}>
                  {count(total - rows.length)} older
                </button>
              )}
            </>
          )
        }
      </Shown>
      {chosen !== null && (
        <Revert
          change={chosen}
          account={account}
          close={() => setChosen(null)}
          done={(outcome) => {
            setChosen(null);
            reverted(outcome);
          }}
        />
      )}
    </section>
  );
}
