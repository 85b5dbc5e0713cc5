// What the server works on, and what it worked on since it was started.

import type { JSX } from "preact";

import { api } from "../api/client";
import { useLoad, useTicker } from "../api/load";
import { JobRow, isActive } from "../parts/job";
import { Command, Empty, Shown } from "../parts/states";
import { status } from "../server";

const EXAMPLE =
  `curl ${location.origin}/api/phase2/genetic-optimize -H 'Content-Type: application/json' ` +
  `-d '{"symbol":"BTCUSDT","interval":"1h","strategy":"fast_score","parameter_ranges":{"min_confidence":[40,80]}}'`;

export function Jobs(): JSX.Element {
  const jobs = useLoad("jobs", (signal) => api.jobs(signal));
  const work = status.value?.jobs;
  const active = jobs.data?.jobs.some(isActive) ?? false;
  useTicker(active || (work !== undefined && work.running + work.queued > 0), 1_000, jobs.reload);
  return (
    <section class="plain">
      <header class="page-head">
        <h1>Jobs</h1>
      </header>
      <Shown loaded={jobs} what="The list of jobs did not come">
        {(data) =>
          data.jobs.length === 0 ? (
            <Empty title="No jobs since the server was started">
              <p>Work that takes longer than a request is done as a job. For example:</p>
              <Command text={EXAMPLE} />
              <p>
                The{" "}
                <a href="/docs" data-plain>
                  API documentation
                </a>{" "}
                says what goes into it.
              </p>
            </Empty>
          ) : (
            <ul class="jobs">
              {[...data.jobs]
                .sort((a, b) => Number(isActive(b)) - Number(isActive(a)) || b.created_at - a.created_at)
                .map((job) => (
                  <JobRow key={job.id} job={job} changed={jobs.reload} />
                ))}
            </ul>
          )
        }
      </Shown>
    </section>
  );
}
