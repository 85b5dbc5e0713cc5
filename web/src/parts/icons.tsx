// The few pictures of these pages, drawn with strokes in the colour of the text.

import type { JSX } from "preact";

const paths = {
  home: "M3 11.5 12 4l9 7.5M5.5 9.8V20h5v-5.5h3V20h5V9.8",
  trades: "M4 8h13m0 0-4-4m4 4-4 4M20 16H7m0 0 4-4m-4 4 4 4",
  memory:
    "M12 5a3 3 0 0 0-5.6 1.5A3 3 0 0 0 5 12a3 3 0 0 0 2 5.4A3 3 0 0 0 12 19zM12 5a3 3 0 0 1 5.6 1.5A3 3 0 0 1 19 12a3 3 0 0 1-2 5.4A3 3 0 0 1 12 19z",
  models: "M12 4v5M12 9 6 14M12 9l6 5M6 14v0M4 14h4v4H4zM16 14h4v4h-4zM10 2h4v4h-4z",
  health: "M3 12h4l2.5-7 5 14 2.5-7h4",
  alerts: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 20.5h4",
  config:
    "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2.5l1.2 3 2.4 1 3-1.2 1.6 1.6-1.2 3 1 2.1 3 1.2v0l-3 1.2-1 2.4 1.2 3-1.6 1.6-3-1.2-2.4 1-1.2 3-1.2-3-2.4-1-3 1.2-1.6-1.6 1.2-3-1-2.4-3-1.2 3-1.2 1-2.1-1.2-3 1.6-1.6 3 1.2 2.4-1z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  charts: "M7 4v3m0 8v5M17 3v4m0 7v4M5 7h4v8H5zM15 7h4v7h-4z",
  runs: "M4 6h16M4 12h16M4 18h10",
  jobs: "M12 3v3m0 12v3M3 12h3m12 0h3M5.6 5.6l2.2 2.2m8.4 8.4 2.2 2.2m0-12.8-2.2 2.2m-8.4 8.4-2.2 2.2",
  book: "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11",
  search: "M15.5 15.5 21 21M10.5 17.5a7 7 0 1 1 0-14 7 7 0 0 1 0 14z",
  light:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2.5m0 15V22M2 12h2.5m15 0H22M4.9 4.9l1.8 1.8m10.6 10.6 1.8 1.8m0-14.2-1.8 1.8M6.7 17.3l-1.8 1.8",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  system: "M3 5h18v11H3zM9 20h6m-3-4v4",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  left: "M15 5l-7 7 7 7",
  end: "M5 5l7 7-7 7M18 5v14",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  help: "M9 9a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 1.8v.5m0 3.2v.3",
  settings: "M4 7h10m4 0h2M4 17h2m4 0h10M16 4.5v5M8 14.5v5",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8z",
  menu: "M4 7h16M4 12h16M4 17h16",
} as const;

/** Which picture. */
export type IconName = keyof typeof paths;

/** A picture beside words or on a button that has a name of its own. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
