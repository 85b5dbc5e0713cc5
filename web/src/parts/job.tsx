// One job: what it does, how far it is, and the button that stops it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ApiError, api } from "../api/client";
import type { Job } from "../api/types";
import { age, count, words } from "../format";
import { pathOf } from "../route";
import { Time, Trouble } from "./states";

/** Whether something is still to come of it. */
export function isActive({ state }: Job): boolean {
  return state === "queued" || state === "running";
}

/** The run that a job made, if it made one. */
function runOf(result: unknown): string | null {
  if (typeof result !== "object" || result === null) return null;
  const fields = result as Record<string, unknown>;
  for (const key of ["run_id", "run", "id"]) {
    const value = fields[key];
    if (typeof value === "string" && /^[0-9a-f]{6,64}$/.test(value)) return value;
  }
  return null;
}

function errorText(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  if (typeof error === "string") return error;
  const words = (error as Record<string, unknown>)["error"];
  return typeof words === "string" ? words : JSON.stringify(error);
}

/** One job in a list. `changed` is called when it was cancelled. */
export function JobRow({ job, changed }: { job: Job; changed: () => void }): JSX.Element {
  const [sure, setSure] = useState(false);
  const [trouble, setTrouble] = useState<ApiError | null>(null);
  const { done, total, message } = job.progress;
  const run = runOf(job.result);
  const error = errorText(job.error);
  const cancel = async (): Promise<void> => {
    setSure(false);
    try {
      await api.cancelJob(job.id);
      setTrouble(null);
      changed();
    } catch (cause) {
      setTrouble(cause instanceof ApiError ? cause : new ApiError(String(cause), 0));
    }
  };
  return (
    <li class="job" data-state={job.state}>
      <div class="job-line">
        <strong>{words(job.kind)}</strong>
        <span class="state">{job.state}</span>
        <span class="muted small">
          <code>{job.id}</code> · <Time ms={job.created_at} ago />
          {job.finished_at !== null && <> · took {age(job.finished_at - job.created_at)}</>}
        </span>
        <span class="spring" />
        {run !== null && <a href={pathOf({ page: "run", id: run })}>run {run}</a>}
        {isActive(job) && !sure && (
          <button type="button" onClick={() => setSure(true)}>
            Cancel
          </button>
        )}
        {isActive(job) && sure && (
          <span class="sure">
            {total > 0 ? `${count(done)} of ${count(total)} are done. Stop it?` : "Stop it?"}
            <button type="button" class="danger" onClick={() => void cancel()}>
              Stop
            </button>
            <button type="button" onClick={() => setSure(false)}>
              Go on
            </button>
          </span>
        )}
      </div>
      {isActive(job) && (
        <div class="job-progress">
          <progress max={total > 0 ? total : 1} {...(total > 0 ? { value: done } : {})} aria-label={`${job.kind} progress`} />
          <span class="small number">
            {total > 0 ? `${count(done)} / ${count(total)}` : "queued"}
            {message !== "" && ` · ${message}`}
          </span>
        </div>
      )}
      {error !== null && <p class="field-error">{error}</p>}
      {trouble !== null && <Trouble what="It was not cancelled" error={trouble} />}
    </li>
  );
}
