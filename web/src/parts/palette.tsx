// Ctrl-K: type a few letters of a page, a symbol or a run, Enter goes there.

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import { api } from "../api/client";
import { useLoad } from "../api/load";
import type { Asked } from "../control/kill-switch";
import { stopping } from "../control/stop";
import { streams } from "../live/live";
import { stops } from "../rail";
import { go, pathOf } from "../route";
import { nextTheme } from "../theme";
import { Dialog } from "./dialog";
import { find } from "./find";
import { Icon, type IconName } from "./icons";

interface Entry {
  icon: IconName;
  title: string;
  detail: string;
  act: () => void;
}

const MOST = 40;

/** What can be done with the engine; `stopped` is null where none runs, else whether its entries are stopped. */
function actions(stopped: boolean | null): Entry[] {
  if (stopped === null) return [];
  const stop = (asked: Asked) => () => {
    stopping.value = asked;
  };
  return [
    { icon: "stop", title: stopped ? "Allow entries again" : "Stop entries", detail: "kill switch · k", act: stop("stop") },
    { icon: "stop", title: "Close every position", detail: "flatten", act: stop("flatten") },
  ];
}

export function Palette({
  close,
  help,
  settings,
}: {
  close: () => void;
  help: () => void;
  settings: () => void;
}): JSX.Element {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const series = useLoad("series", (signal) => api.series(signal));
  const runs = useLoad("runs", (signal) => api.runs(signal));

  const board = streams.held("status").value?.data;
  const stopped = board === undefined ? null : board.kill_switch !== null;

  const entries = useMemo(() => {
    const to = (address: string) => () => go(address);
    const all: Entry[] = [
      ...stops.map(({ icon, name, key, address }) => ({
        icon,
        title: name,
        detail: `page · g ${key}`,
        act: to(address),
      })),
      { icon: "book", title: "API documentation", detail: "page", act: () => location.assign("/docs") },
      ...actions(stopped),
      { icon: "alerts", title: "Red alerts", detail: "alerts", act: to("/alerts?severity=red") },
      { icon: "config", title: "Change risk limits", detail: "config", act: to("/config?section=risk") },
      { icon: "config", title: "Change alert limits", detail: "config", act: to("/config?section=alerts") },
      { icon: "system", title: "Switch theme", detail: "system, light, dark · t", act: nextTheme },
      { icon: "settings", title: "Settings of this browser", detail: "theme, colours, your name · ,", act: settings },
      { icon: "help", title: "Keyboard help", detail: "?", act: help },
    ];
    for (const { venue, symbol, timeframe, simulated } of series.data?.series ?? []) {
      all.push({
        icon: "charts",
        title: `${symbol} ${timeframe}`,
        detail: simulated ? `${venue} · simulated` : venue,
        act: to(pathOf({ page: "charts", series: { venue, symbol, timeframe } })),
      });
    }
    for (const run of runs.data?.runs ?? []) {
      all.push({
        icon: "runs",
        title: run.title,
        detail: `${run.kind} ${run.id}${run.simulated ? " · simulated" : ""}`,
        act: to(pathOf({ page: "run", id: run.id })),
      });
    }
    return all;
  }, [series.data, runs.data, help, settings, stopped]);

  const found = useMemo(
    () => find(query, entries, (entry) => `${entry.title} ${entry.detail}`, MOST),
    [query, entries],
  );
  const at = Math.min(chosen, found.length - 1);

  const move = (to: number): void => {
    const next = (to + found.length) % Math.max(found.length, 1);
    setChosen(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const act = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    close();
    entry.act();
  };

  return (
    <Dialog title="Go to" close={close} bare>
      <div class="palette">
        <input
          type="text"
          data-first
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length > 0 ? `palette-${at}` : undefined}
          aria-label="A page, a symbol or a run"
          placeholder="A page, a symbol, a run …"
          autocomplete="off"
          spellcheck={false}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") move(at + 1);
            else if (event.key === "ArrowUp") move(at - 1);
            else if (event.key === "Enter") act(found[at]);
            else return;
            event.preventDefault();
          }}
        />
        <ul ref={list} id="palette-list" role="listbox" aria-label="Found">
          {found.map((entry, index) => (
            <li
              key={`${entry.title} ${entry.detail}`}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseMove={() => setChosen(index)}
              onClick={() => act(entry)}
            >
              <Icon name={entry.icon} size={16} />
              <span class="title">{entry.title}</span>
              <span class="detail">{entry.detail}</span>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p class="muted palette-none">Nothing is called that.</p>}
      </div>
    </Dialog>
  );
}
