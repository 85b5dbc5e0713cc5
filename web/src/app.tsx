// What stands around every page: rail, top bar, frame, banners, palette.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { AlertCount } from "./alerts/count";
import { AlertWatch } from "./alerts/watch";
import { tokenNeeded } from "./api/client";
import { Stop, StopWindow, stopping } from "./control/stop";
import { useKeys } from "./keys";
import { ChartsPage, LiveChartPage } from "./pages/charts";
import { startLive, streams } from "./live/live";
import { tradingMode, trouble } from "./live/trouble";
import { Home } from "./home/page";
import { Jobs } from "./pages/jobs";
import { RunPage } from "./pages/run";
import { Runs } from "./pages/runs";
import { Account } from "./parts/account";
import { Banner } from "./parts/banner";
import { ConnectionDot } from "./parts/connection-dot";
import { Help } from "./parts/help";
import { Icon } from "./parts/icons";
import { lazy } from "./parts/lazy";
import { More } from "./parts/more";
import { Palette } from "./parts/palette";
import { Settings } from "./parts/settings";
import { Empty } from "./parts/states";
import { TokenForm } from "./parts/token-form";
import { moreOpen, stopKeys, stops } from "./rail";
import { type Route, pathOf, place } from "./route";
import { simulatedOnScreen, status, watchServer } from "./server";
import { nextTheme, themeChoice } from "./theme";

function titleOf(route: Route): string {
  switch (route.page) {
    case "charts":
      return route.series === null ? "Charts" : `${route.series.symbol} ${route.series.timeframe}`;
    case "live":
      return `${route.symbol} live`;
    case "run":
      return `Run ${route.id}`;
    case "missing":
      return "Nothing here";
    default:
      return stops.find(({ pages }) => pages.includes(route.page))?.name ?? "MEM";
  }
}

const TradesPage = lazy(async () => (await import("./trades/page")).TradesPage);
const MemoryPage = lazy(async () => (await import("./memory/page")).MemoryPage);
const ModelsPage = lazy(async () => (await import("./models/page")).ModelsPage);
const HealthPage = lazy(async () => (await import("./pages/health")).HealthPage);
const AlertsPage = lazy(async () => (await import("./pages/alerts")).AlertsPage);
const ConfigPage = lazy(async () => (await import("./pages/config")).ConfigPage);

function Page({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case "home":
      return <Home />;
    case "charts":
      return <ChartsPage series={route.series} />;
    case "live":
      return <LiveChartPage key={route.symbol} symbol={route.symbol} />;
    case "trades":
      return <TradesPage />;
    case "memory":
      return <MemoryPage />;
    case "models":
      return <ModelsPage />;
    case "runs":
      return <Runs />;
    case "run":
      return <RunPage key={route.id} id={route.id} />;
    case "jobs":
      return <Jobs />;
    case "health":
      return <HealthPage />;
    case "alerts":
      return <AlertsPage />;
    case "config":
      return <ConfigPage />;
    default:
      return (
        <Empty title="There is no such page">
          <p>
            Nothing is at <code>{pathOf(route)}</code>. <a href="/">Home</a> shows what there is.
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

function TopBar({
  openPalette,
  openSettings,
  openHelp,
}: {
  openPalette: () => void;
  openSettings: () => void;
  openHelp: () => void;
}): JSX.Element {
  const mode = tradingMode.value ?? status.value?.mode ?? null;
  const running = status.value?.jobs.running ?? 0;
  const choice = themeChoice.value;
  return (
    <header class="top">
      <span class="mode">
        {mode ?? "—"}
        {simulatedOnScreen.value && mode !== "simulated" && <b> · simulated data</b>}
      </span>
      <Account />
      <ConnectionDot />
      <Stop />
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
        class="bare wide-only"
        title={`Theme: ${choice}`}
        aria-label={`Theme: ${choice}. Switch`}
        onClick={nextTheme}
      >
        <Icon name={choice} />
      </button>
      <button
        type="button"
        class="bare wide-only"
        title="Settings of this browser (,)"
        aria-label="Settings of this browser"
        onClick={openSettings}
      >
        <Icon name="settings" />
      </button>
      <button type="button" class="bare wide-only" title="Keyboard (?)" aria-label="Keyboard help" onClick={openHelp}>
        <Icon name="help" />
      </button>
    </header>
  );
}

export function App(): JSX.Element {
  const [over, setOver] = useState<"palette" | "help" | "settings" | null>(null);
  const { route } = place.value;
  const close = (): void => setOver(null);

  useEffect(watchServer, []);
  useEffect(startLive, []);
  useEffect(() => streams.use("status"), []);
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
    ",": () => setOver("settings"),
    k: () => {
      stopping.value = "stop";
    },
    ...stopKeys,
  });

  if (tokenNeeded.value) return <TokenForm />;
  const mode = tradingMode.value ?? status.value?.mode ?? "unknown";
  const elsewhere = stops.some(({ pages, phone }) => !phone && pages.includes(route.page));
  return (
    <div class="shell" data-mode={simulatedOnScreen.value ? "simulated" : mode}>
      <a class="skip" href="#content" data-plain>
        To the content
      </a>
      <nav class="rail" aria-label="Pages">
        <span class="brand wide-only">MEM</span>
        {stops.map(({ address, name, icon, pages, phone, key }) => (
          <a
            key={address}
            href={address}
            class={phone ? "" : "wide-only"}
            title={`g ${key}`}
            aria-current={pages.includes(route.page) ? "page" : undefined}
          >
            <Icon name={icon} size={20} />
            <span>{name}</span>
            {address === "/alerts" && <AlertCount />}
          </a>
        ))}
        <button
          type="button"
          class="phone-stop"
          aria-haspopup="dialog"
          aria-current={elsewhere ? "page" : undefined}
          onClick={() => {
            moreOpen.value = true;
          }}
        >
          <Icon name="menu" size={20} />
          <span>More</span>
        </button>
        <a class="wide-only last" href="/docs" data-plain>
          <Icon name="book" size={20} />
          <span>API</span>
        </a>
      </nav>
      <TopBar
        openPalette={() => setOver("palette")}
        openSettings={() => setOver("settings")}
        openHelp={() => setOver("help")}
      />
      <Banner />
      <main
        id="content"
        class={`page-${route.page === "live" ? "charts" : route.page}`}
        tabIndex={-1}
        data-stale={trouble.value?.level === "danger"}
      >
        <Page route={route} />
      </main>
      <AlertWatch />
      <StopWindow />
      {over === "palette" && (
        <Palette close={close} help={() => setOver("help")} settings={() => setOver("settings")} />
      )}
      {over === "settings" && <Settings close={close} />}
      {moreOpen.value && (
        <More
          settings={() => setOver("settings")}
          close={() => {
            moreOpen.value = false;
          }}
        />
      )}
      {over === "help" && <Help close={close} />}
    </div>
  );
}
