// Values of settings as people type and read them.

import { UNKNOWN, plain } from "../format";
import type { Field, Value } from "./wire";

/** From here on a largest value says nothing to people. */
const NO_LIMIT = 4e9;

/** What was typed means: a value, or why it is none. */
export type Typed = { value: Value } | { problem: string };

type Limits = Pick<Field, "kind" | "min" | "max" | "options">;

/** A value as text that `parse` reads back. */
export function asText(value: Value): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.join(", ");
  return String(value);
}

/** A value as people read it. */
export function shown(value: Value): string {
  if (value === null || value === "") return UNKNOWN;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "number" ? plain(value) : value;
}

/** Whether two values are the same. */
export function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The range of a number in words; null where there is none. */
export function rangeText({ kind, min, max }: Limits): string | null {
  if (kind !== "float" && kind !== "int") return null;
  if (min !== null && max !== null && max < NO_LIMIT) return `${plain(min)} to ${plain(max)}`;
  if (min !== null) return `${plain(min)} or more`;
  return max === null ? null : `${plain(max)} or less`;
}

function number(limits: Limits, text: string): Typed {
  const whole = limits.kind === "int";
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: whole ? "a whole number" : "a number, such as 0.25" };
  if (whole && !Number.isInteger(value)) return { problem: "a whole number" };
  const below = limits.min !== null && value < limits.min;
  const above = limits.max !== null && value > limits.max;
  return below || above ? { problem: rangeText(limits) ?? "another number" } : { value };
}

/** Reads what was typed; a problem is what was expected instead. */
export function parse(limits: Limits, typed: string): Typed {
  const text = typed.trim();
  switch (limits.kind) {
    case "float":
    case "int":
      return text === "" ? { problem: rangeText(limits) ?? "a number" } : number(limits, text);
    case "bool":
      return text === "true" || text === "false" ? { value: text === "true" } : { problem: "on or off" };
    case "choice":
      return limits.options === null || limits.options.includes(text)
        ? { value: text }
        : { problem: `one of ${limits.options.join(", ")}` };
    case "list":
      return { value: [...new Set(text.split(/[\s,]+/).filter((part) => part !== ""))] };
    case "text":
      return { value: text };
  }
}
