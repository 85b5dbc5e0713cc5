// What stands around every page: rail, top bar, frame, banners, palette.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { downSince, tokenNeeded } from "./api/client";
import { age, localTime } from "./format";
import { useKeys } from "./keys";
import { ChartsPage } from "./pages/charts";
import { Home } from "./pages/home";
import { Jobs } from "./pages/jobs";
import { RunPage } from "./pages/run";
import { Runs } from "./pages/runs";
import { Help } from "./parts/help";
import { Icon, type IconName } from "./parts/icons";
import { Palette } from "./parts/palette";
import { Empty } from "./parts/states";
import { TokenForm } from "./parts/token-form";
import { type Route, go, place } from "./route";
import { seenAt, simulatedOnScreen, status, watchServer } from "./server";
import { nextTheme, themeChoice } from "./theme";

const rail: { address: string; name: string; icon: IconName; pages: Route["page"][] }[] = [
  { address: "/", name: "Home", icon: "home", pages: ["home"] },
  { address: "/charts", name: "Charts", icon: "charts", pages: ["charts"] },
  { address: "/runs", name: "Research", icon: "runs", pages: ["runs", "run"] },
  { address: "/jobs", name: "Jobs", icon: "jobs", pages: ["jobs"] },
];

function titleOf(route: Route): string {
  switch (route.page) {
    case "home":
      return "Home";
    case "charts":
      return route.series === null ? "Charts" : `${route.series.symbol} ${route.series.timeframe}`;
    case "runs":
      return "Research";
    case "run":
      return `Run ${route.id}`;
    case "jobs":
      return "Jobs";
    case "missing":
      return "Nothing here";
  }
}

function Page({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case "home":
      return <Home />;
    case "charts":
      return <ChartsPage series={route.series} />;
    case "runs":
      return <Runs />;
    case "run":
      return <RunPage key={route.id} id={route.id} />;
    case "jobs":
      return <Jobs />;
    case "missing":
      return (
        <Empty title="There is no such page">
          <p>
            Nothing is at <code>{route.path}</code>. <a href="/">Home</a> shows what there is.
          </p>
        </Empty>
      );
  }
}

/** Puts the cursor into the search field of the page on screen. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("input[data-search]");
  if (field === null || field.offsetParent === null) return false;
  field.focus();
  field.select();
  return true;
}

function TopBar({ openPalette, openHelp }: { openPalette: () => void; openHelp: () => void }): JSX.Element {
  const mode = status.value?.mode ?? null;
  const down = downSince.value;
  const running = status.value?.jobs.running ?? 0;
  const choice = themeChoice.value;
  const seen = seenAt.value;
  const connection =
    down !== null
      ? `not reached since ${localTime(down)}`
      : seen === null
        ? "connecting"
        : `connected, MEM ${status.value?.version ?? ""}, answered ${age(Date.now() - seen)} ago`;
  return (
    <header class="top">
      <span class="mode">
        {mode ?? "—"}
        {simulatedOnScreen.value && <b> · simulated data</b>}
      </span>
      <span class="connection" title={connection} role="img" aria-label={connection} data-down={down !== null} />
      {running > 0 && (
        <a class="running" href="/jobs">
          {running} running
        </a>
      )}
      <button type="button" class="palette-button" onClick={openPalette}>
        <Icon name="search" size={16} />
        <span>Go to …</span>
        <kbd>Ctrl K</kbd>
      </button>
      <button
        type="button"
        class="bare"
        title={`Theme: ${choice}`}
        aria-label={`Theme: ${choice}. Switch`}
        onClick={nextTheme}
      >
        <Icon name={choice} />
      </button>
      <button type="button" class="bare wide-only" title="Keyboard (?)" aria-label="Keyboard help" onClick={openHelp}>
        <Icon name="help" />
      </button>
    </header>
  );
}

export function App(): JSX.Element {
  const [over, setOver] = useState<"palette" | "help" | null>(null);
  const { route } = place.value;
  const close = (): void => setOver(null);

  useEffect(watchServer, []);
  useEffect(() => {
    document.title = `${titleOf(route)} – MEM`;
  }, [route]);
  useKeys({
    "Ctrl+k": () => setOver((now) => (now === "palette" ? null : "palette")),
    "/": () => {
      if (!focusSearch()) setOver("palette");
    },
    "?": () => setOver("help"),
    t: nextTheme,
    "g h": () => go("/"),
    "g c": () => go("/charts"),
    "g r": () => go("/runs"),
    "g j": () => go("/jobs"),
  });

  if (tokenNeeded.value) return <TokenForm />;
  const down = downSince.value;
  const mode = status.value?.mode ?? "unknown";
  return (
    <div class="shell" data-mode={simulatedOnScreen.value ? "simulated" : mode}>
      <a class="skip" href="#content" data-plain>
        To the content
      </a>
      <nav class="rail" aria-label="Pages">
        <span class="brand wide-only">MEM</span>
        {rail.map(({ address, name, icon, pages }) => (
          <a key={address} href={address} aria-current={pages.includes(route.page) ? "page" : undefined}>
            <Icon name={icon} size={20} />
            <span>{name}</span>
          </a>
        ))}
        <a class="wide-only last" href="/docs" data-plain>
          <Icon name="book" size={20} />
          <span>API</span>
        </a>
      </nav>
      <TopBar openPalette={() => setOver("palette")} openHelp={() => setOver("help")} />
      {down !== null && (
        <div class="banner" role="alert">
          The server has not answered since {localTime(down)}. What you see is from before; it is asked again every two
          seconds.
        </div>
      )}
      <main id="content" class={`page-${route.page}`} tabIndex={-1}>
        <Page route={route} />
      </main>
      {over === "palette" && <Palette close={close} help={() => setOver("help")} />}
      {over === "help" && <Help close={close} />}
    </div>
  );
}
