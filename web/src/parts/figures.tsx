// Figures that know their age, their sign and their currency.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { age, arrow, fixed, percentChange, signed, tone, UNKNOWN, utcTime } from "../format";
import { now } from "../live/clock";

/** An amount of money, two digits, the exact one on hover. A `change` has its sign, its arrow and its colour. */
export function Money({
  value,
  currency,
  change = false,
  digits = 2,
}: {
  value: number | null | undefined;
  currency: string | null;
  change?: boolean;
  digits?: number;
}): JSX.Element {
  if (value === null || value === undefined) return <span class="figure">{UNKNOWN}</span>;
  const sign = change ? arrow(value) : "";
  return (
    <span class={`figure ${change ? tone(value) : ""}`} title={`${value} ${currency ?? ""}`.trim()}>
      {sign !== "" && <i aria-hidden="true">{sign}</i>}
      {change ? signed(value, digits) : fixed(value, digits)}
      {currency !== null && <span class="unit"> {currency}</span>}
    </span>
  );
}

/** A change in percent with sign, arrow and colour. */
export function Change({ value, digits = 2 }: { value: number | null | undefined; digits?: number }): JSX.Element {
  return (
    <span class={`figure ${tone(value)}`} title={value === null || value === undefined ? undefined : `${value} %`}>
      {arrow(value) !== "" && <i aria-hidden="true">{arrow(value)}</i>}
      {percentChange(value, digits)}
    </span>
  );
}

/** A dot while a value is fresh; how old it is once it is older than three of its periods. */
export function Live({ at, period = 1_000 }: { at: number | null; period?: number }): JSX.Element {
  if (at === null) return <span class="live" data-old="true" title="Nothing has come yet" />;
  const old = now.value - at;
  // The clock ticks twice a second, so a value may look half a second older than it is.
  const stale = old > Math.max(3 * period, 2_000);
  return (
    <span class="live" data-old={stale} title={`As of ${utcTime(at)}`}>
      {stale && `${age(old)} old`}
    </span>
  );
}

/** A value that changes all the time is not tinted all the time. */
const TINT_PAUSE_MS = 1_500;

/** Tints for a moment when its value changes. */
export function Tinted({ value, children }: { value: number | null; children: ComponentChildren }): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(value);
  const tinted = useRef(0);
  useEffect(() => {
    const was = before.current;
    before.current = value;
    if (was === null || value === null || was === value) return;
    const { current } = element;
    const at = performance.now();
    if (
      current === null ||
      at - tinted.current < TINT_PAUSE_MS ||
      matchMedia("(prefers-reduced-motion: reduce)").matches
    )
      return;
    tinted.current = at;
    const colour = `color-mix(in srgb, var(--${value > was ? "up" : "down"}) 22%, transparent)`;
    current.animate([{ backgroundColor: colour }, { backgroundColor: "transparent" }], 400);
  }, [value]);
  return (
    <span ref={element} class="tinted">
      {children}
    </span>
  );
}
