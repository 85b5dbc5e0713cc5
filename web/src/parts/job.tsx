// One job: what it does, how far it is, and the button that stops it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ApiError, api } from "../api/client";
import type { Job } from "../api/types";
import { age, count, words } from "../format";
import { go, pathOf } from "../route";
import { Time, Trouble } from "./states";

/** Whether something is still to come of it. */
export function isActive({ state }: Job): boolean {
  return state === "queued" || state === "running";
}

/** The run that a job made, if it made one. */
function runOf(result: unknown): string | null {
  if (typeof result !== "object" || result === null) return null;
  const { run_id: run, results } = result as Record<string, unknown>;
  return typeof run === "string" ? run : runOf(results);
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
  /** Lists leave results out: the run is asked for when it is wanted. */
  const open = async (): Promise<void> => {
    try {
      const run = runOf((await api.job(job.id)).result);
      if (run !== null) go(pathOf({ page: "run", id: run }));
      else setTrouble(new ApiError("this job kept no run", 404));
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
        {job.state === "done" && (
          <button type="button" onClick={() => void open()}>
            Its run
          </button>
        )}
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
              Keep going
            </button>
          </span>
        )}
      </div>
      {isActive(job) && (
        <div class="job-progress">
          <progress
            max={total > 0 ? total : 1}
            {...(total > 0 ? { value: done } : {})}
            aria-label={`${job.kind} progress`}
          />
          <span class="small number">
            {total > 0 ? `${count(done)} / ${count(total)}` : "queued"}
            {message !== "" && ` · ${message}`}
          </span>
        </div>
      )}
      {error !== null && <p class="field-error">{error}</p>}
      {trouble !== null && <Trouble what="That did not work" error={trouble} />}
    </li>
  );
}
