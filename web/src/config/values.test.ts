import { expect, test } from "vitest";

import { asText, parse, rangeText, same, shown } from "./values";
import type { Field } from "./wire";

function limits(kind: Field["kind"], more: Partial<Field> = {}): Pick<Field, "kind" | "min" | "max" | "options"> {
  return { kind, min: null, max: null, options: null, ...more };
}

test("what is typed is read by its kind", () => {
  expect(parse(limits("float"), " 0.25 ")).toEqual({ value: 0.25 });
  expect(parse(limits("float"), "1e-3")).toEqual({ value: 0.001 });
  expect(parse(limits("int"), "60")).toEqual({ value: 60 });
  expect(parse(limits("bool"), "false")).toEqual({ value: false });
  expect(parse(limits("text"), " a b ")).toEqual({ value: "a b" });
  expect(parse(limits("list"), "A, B,,A C")).toEqual({ value: ["A", "B", "C"] });
  expect(parse(limits("list"), "")).toEqual({ value: [] });
  expect(parse(limits("choice", { options: ["a", "b"] }), "b")).toEqual({ value: "b" });
});

test("what is no value says what was expected", () => {
  expect(parse(limits("float"), "much")).toEqual({ problem: "a number, such as 0.25" });
  expect(parse(limits("float", { min: 0, max: 1 }), "")).toEqual({ problem: "0 to 1" });
  expect(parse(limits("float", { min: 0, max: 1 }), "1.01")).toEqual({ problem: "0 to 1" });
  expect(parse(limits("float"), "Infinity")).toEqual({ problem: "a number, such as 0.25" });
  expect(parse(limits("int", { min: 2 }), "1")).toEqual({ problem: "2 or more" });
  expect(parse(limits("int"), "1.5")).toEqual({ problem: "a whole number" });
  expect(parse(limits("choice", { options: ["a", "b"] }), "c")).toEqual({ problem: "one of a, b" });
});

test("ranges are words", () => {
  expect(rangeText(limits("float", { min: 0, max: 1 }))).toBe("0 to 1");
  expect(rangeText(limits("float", { max: 100 }))).toBe("100 or less");
  expect(rangeText(limits("float", { min: 0, max: 1e12 }))).toBe("0 or more");
  expect(rangeText(limits("float"))).toBeNull();
  expect(rangeText(limits("text", { min: 0, max: 500 }))).toBeNull();
});

test("a value's text reads back as the value", () => {
  for (const [kind, value] of [
    ["float", 0.05],
    ["int", 60],
    ["bool", true],
    ["text", "a"],
    ["list", ["A", "B"]],
  ] as const) {
    const copy = Array.isArray(value) ? [...value] : (value as number);
    const read = parse(limits(kind), asText(copy));
    expect("value" in read && same(read.value, copy)).toBe(true);
  }
});

test("values are shown as people read them", () => {
  expect(shown(true)).toBe("on");
  expect(shown([])).toBe("none");
  expect(shown(null)).toBe("—");
  expect(shown(0.0213)).toBe("0.0213");
});
