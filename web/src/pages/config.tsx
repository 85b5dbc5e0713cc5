// CONFIG: what the engine may risk, how it trades, from when on it raises alerts. Changed here, checked by the server,
// looked at once more, saved with a name and a reason, taken over by the running engine, and taken back if need be.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useLoad } from "../api/load";
import { useVerdict } from "../config/check";
import type { Account } from "../config/consequence";
import { changes, drafts, edits, forget } from "../config/drafts";
import { FieldRow } from "../config/field-row";
import { History } from "../config/history";
import { Lanes, SYMBOLS } from "../config/lanes";
import { settings } from "../config/requests";
import { Review } from "../config/review";
import type { Config, Outcome } from "../config/wire";
import { counted, words } from "../format";
import { useKeys } from "../keys";
import { streams, usePart } from "../live/live";
import { find } from "../parts/find";
import { Empty, Shown } from "../parts/states";
import { place, setSearch } from "../route";
import "../styles/config.css";

/** What was saved last, and whether the engine has it. */
function SavedNote({ version, engineVersion }: { version: number; engineVersion: number | null }): JSX.Element {
  const inForce = engineVersion !== null && engineVersion >= version;
  return (
    <p class={inForce ? "note good" : "note"} role="status" data-saved={version} data-in-force={inForce}>
      {inForce
        ? `Saved as version ${version}, and the engine has it.`
        : `Saved as version ${version}; the engine has not said yet that it has it.`}
    </p>
  );
}

/** The setting that takes a timeframe, or a number of trades, of base units, of quote currency. */
const BARS = "engine.bars";

function Editor({
  config,
  account,
  reload,
  engineVersion,
}: {
  config: Config;
  account: Account;
  reload: () => void;
  engineVersion: number | null;
}): JSX.Element {
  const { search } = place.value;
  const [reviewing, setReviewing] = useState(false);
  const [saved, setSaved] = useState<number | null>(null);
  const [outdated, setOutdated] = useState(false);
  const section = config.sections.find(({ name }) => name === search["section"]) ?? config.sections[0];
  const query = search["q"] ?? "";
  const found = useMemo(() => edits(config, drafts.value), [config, drafts.value]);
  const list = useMemo(() => changes(found), [found]);
  const verdict = useVerdict(list, config.version);
  const wrong = found.length - list.length + (verdict.error === null ? 0 : 1);
  // What somebody else has saved is in the values already: whoever reviews looks at it once more.
  const known = useRef(config.version);
  useEffect(() => {
    const others = config.version !== known.current && config.version !== saved;
    known.current = config.version;
    if (!others || found.length === 0) return;
    setOutdated(true);
    setReviewing(false);
  }, [config.version]);
  const done = (outcome: Outcome): void => {
    setReviewing(false);
    setOutdated(false);
    setSaved(outcome.version);
    forget();
    reload();
  };
  const review = (): void => {
    if (list.length > 0 && wrong === 0) setReviewing(true);
  };
  useKeys({ r: review });
  // Searching looks into all sections: whoever searches does not know where it is.
  const fields =
    query === ""
      ? (section?.fields ?? [])
      : find(
          query,
          config.sections.flatMap((one) => one.fields),
          (field) => `${words(field.name)} ${field.path} ${field.doc}`,
        );
  const changedIn = (name: string): number => found.filter(({ field }) => field.path.startsWith(`${name}.`)).length;
  const refused = (path: string): string | null =>
    verdict.error !== null && verdict.error.field === path ? verdict.error.message : null;
  const homeless = verdict.error !== null && !found.some(({ field }) => field.path === verdict.error?.field);
  const restarts = found.some(({ field }) => field.live === "restart");
  const anew = found.some(({ field }) => field.live === "new_session");
  return (
    <>
      <header class="page-head">
        <h1>Config</h1>
        <input
          type="search"
          data-search
          placeholder="Find a setting …"
          aria-label="Find a setting"
          value={query}
          onInput={(event) => setSearch({ q: event.currentTarget.value })}
        />
        <div class="chips" role="group" aria-label="Section">
          {config.sections.map(({ name }) => (
            <button
              key={name}
              type="button"
              aria-pressed={query === "" && name === section?.name}
              onClick={() => setSearch({ section: name, q: "" })}
            >
              {words(name)}
              {changedIn(name) > 0 && <b class="dot-count">{changedIn(name)}</b>}
            </button>
          ))}
        </div>
      </header>
      {saved !== null && <SavedNote version={saved} engineVersion={engineVersion} />}
      {outdated && (
        <p class="note" role="alert">
          Somebody else has saved meanwhile. The values in force were loaded again; what you typed is still here: look
          at it once more.
        </p>
      )}
      <section class="card fields" aria-label={query === "" ? `Settings of ${section?.name ?? ""}` : "Settings found"}>
        {query === "" && section !== undefined && <p class="muted">{section.doc}</p>}
        {fields.length === 0 && (
          <Empty title="No setting answers this search">
            <button type="button" onClick={() => setSearch({ q: "" })}>
              Show all
            </button>
          </Empty>
        )}
        {fields.map((field) => (
          <div key={field.path}>
            <FieldRow
              field={field}
              refused={refused(field.path)}
              suggestions={field.path === BARS ? config.timeframes : []}
            />
            {field.path === SYMBOLS && config.lanes.length > 0 && <Lanes lanes={config.lanes} field={field} />}
          </div>
        ))}
      </section>
      {found.length > 0 && (
        <div class="save-bar" role="region" aria-label="Unsaved changes">
          <span>
            <strong>{counted(found.length, "change")}</strong>{" "}
            {wrong > 0 ? (
              <span class="field-error">{homeless ? verdict.error?.message : `${wrong} cannot be saved as typed`}</span>
            ) : (
              <span class="muted">
                not saved{anew ? "; a new session begins with it" : ""}
                {restarts ? "; some of it counts after a restart only" : ""}
              </span>
            )}
          </span>
          <span class="spring" />
          <button type="button" onClick={() => forget()}>
            Discard
          </button>
          <button type="button" class="primary" disabled={list.length === 0 || wrong > 0} onClick={review}>
            Review and save
          </button>
        </div>
      )}
      <History version={`${config.version} ${engineVersion ?? ""}`} account={account} reverted={done} />
      {reviewing && (
        <Review
          edits={found}
          changes={list}
          version={config.version}
          verdict={verdict}
          account={account}
          saved={done}
          outdated={() => {
            setOutdated(true);
            setReviewing(false);
            reload();
          }}
          close={() => setReviewing(false)}
        />
      )}
    </>
  );
}

/** The page with what the engine says of its settings and its account. */
export function ConfigPage(): JSX.Element {
  // A sum that changes with every price would only distract from what is typed: equity is read when it is needed.
  const version = usePart("config", null, (held) => held?.data.version ?? null);
  const account = usePart("status", null, (held) => held?.data.currency ?? "");
  const equity = streams.held("status").peek()?.data.equity ?? null;
  return <Settings account={{ equity, currency: account.value }} engineVersion={version.value} />;
}

/** `engineVersion` is the version of the settings that the engine runs with, as far as it has said. */
function Settings({ account, engineVersion }: { account: Account; engineVersion: number | null }): JSX.Element {
  const loaded = useLoad("config", settings);
  const known = useRef(engineVersion);
  // Somebody else has saved, or the engine has taken something over: what is on screen is asked for again.
  useEffect(() => {
    if (known.current !== engineVersion) loaded.reload();
    known.current = engineVersion;
  }, [engineVersion]);
  return (
    <section class="plain config">
      {loaded.data === null && <h1>Config</h1>}
      <Shown loaded={loaded} what="The settings did not come" lines={8}>
        {(config) => <Editor config={config} account={account} reload={loaded.reload} engineVersion={engineVersion} />}
      </Shown>
    </section>
  );
}
