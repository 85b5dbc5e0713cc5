// What stands where content will be: nothing yet, on its way, out of date, gone wrong.

import type { ComponentChildren, JSX } from "preact";

import type { ApiError } from "../api/client";
import type { Loaded } from "../api/load";
import { age, localSeconds, localTime, utcTime } from "../format";
import { now } from "../live/clock";

/** Grey lines while something is loaded for the first time. */
export function Waiting({ lines = 4, label = "Loading" }: { lines?: number; label?: string }): JSX.Element {
  return (
    <div class="waiting" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  );
}

/** Nothing here: what will be, and what makes it happen. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** A command to type. */
export function Command({ text }: { text: string }): JSX.Element {
  return <code class="command">{text}</code>;
}

/** What failed, what is still there, what to do. */
export function Trouble({
  what,
  error,
  retry,
  stale = null,
}: {
  what: string;
  error: ApiError;
  retry?: () => void;
  /** When what is still on screen came. */
  stale?: number | null;
}): JSX.Element {
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{what}:</strong> {error.message}
        {error.field !== null && (
          <>
            {" "}
            (<code>{error.field}</code>)
          </>
        )}
        {stale !== null && <> What you see is from {localTime(stale)}.</>}
      </p>
      {error.id !== null && (
        <p class="small muted">
          Request <code>{error.id}</code>: the server's log has a line with this id.
        </p>
      )}
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Shows loaded data, or why there is none; data that could not be renewed stays, with a note. */
export function Shown<T>({
  loaded,
  what,
  lines,
  children,
}: {
  loaded: Loaded<T>;
  what: string;
  lines?: number;
  children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { data, error, at, reload } = loaded;
  return (
    <>
      {error !== null && <Trouble what={what} error={error} retry={reload} stale={data === null ? null : at} />}
      {data !== null ? children(data) : error === null && <Waiting {...(lines === undefined ? {} : { lines })} />}
    </>
  );
}

/** A time in the reader's zone, with UTC on hover; how long `ago` it was, or its `clock` without the day, or with `seconds`. */
export function Time({
  ms,
  ago = false,
  clock = false,
  seconds = false,
}: {
  ms: number | null;
  ago?: boolean;
  clock?: boolean;
  seconds?: boolean;
}): JSX.Element {
  if (!Number.isFinite(ms) || ms === null) return <span>—</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${localTime(ms)} here\n${utcTime(ms)}`}>
      {ago
        ? `${age(now.value - ms)} ago`
        : clock
          ? localTime(ms).slice(11)
          : seconds
            ? localSeconds(ms)
            : localTime(ms)}
    </time>
  );
}

/** The unmistakable label of what never traded. */
export function SimulatedLabel(): JSX.Element {
  return (
    <span class="simulated" title="Made by the market simulator: nothing here ever traded">
      simulated
    </span>
  );
}
