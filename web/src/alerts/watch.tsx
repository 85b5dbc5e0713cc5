// Listens for alerts on every page.

import type { JSX } from "preact";

import { usePart } from "../live/live";
import { Announcer } from "./announcer";

export function AlertWatch(): JSX.Element {
  const active = usePart("alerts", null, (held) => held?.data.active ?? null);
  return <Announcer active={active.value} />;
}
