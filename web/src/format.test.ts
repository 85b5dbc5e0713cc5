import { describe, expect, it } from "vitest";

import {
  UNKNOWN,
  age,
  arrow,
  bytes,
  compact,
  count,
  counted,
  duration,
  fixed,
  percent,
  percentChange,
  plain,
  pricePrecision,
  signed,
  tone,
  utcTime,
} from "./format";

const en = "en-US";

describe("numbers", () => {
  it("shows a dash for what is not known, never a zero", () => {
    for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(fixed(value, 2, en)).toBe(UNKNOWN);
      expect(percentChange(value, 2, en)).toBe(UNKNOWN);
      expect(compact(value, en)).toBe(UNKNOWN);
      expect(plain(value, en)).toBe(UNKNOWN);
      expect(arrow(value)).toBe("");
    }
  });

  it("separates thousands and keeps the digits asked for", () => {
    expect(fixed(1234567.891, 2, en)).toBe("1,234,567.89");
    expect(fixed(1234567.891, 2, "de-DE")).toBe("1.234.567,89");
    expect(count(27952, en)).toBe("27,952");
  });

  it("has no negative zero and signs gains", () => {
    expect(fixed(-0.001, 2, en)).toBe("0.00");
    expect(signed(-0.001, 2, en)).toBe("0.00");
    expect(signed(0.001, 2, en)).toBe("0.00");
    expect(signed(3.14159, 2, en)).toBe("+3.14");
    expect(signed(-3.14159, 2, en)).toBe("−3.14");
    expect(percentChange(-47.866, 2, en)).toBe("−47.87 %");
    expect(percent(34.7079, 1, en)).toBe("34.7 %");
  });

  it("keeps about five digits of numbers of any size", () => {
    expect(plain(0.000123456, en)).toBe("0.00012346");
    expect(plain(42274.5, en)).toBe("42,275");
    expect(plain(1.5, en)).toBe("1.5");
    expect(plain(-0.25, en)).toBe("−0.25");
    expect(plain(100, en)).toBe("100");
    expect(plain(0, en)).toBe("0");
    expect(plain(3e-12, en)).toBe("3.000e−12");
    expect(plain(1234.5, "de-DE")).toBe("1.234,5");
  });

  it("shortens where space is short", () => {
    expect(compact(1_234_567, en)).toBe("1.23M");
    expect(compact(12_345, en)).toBe("12.3k");
    expect(compact(-987_654_321, en)).toBe("−988M");
    expect(compact(950, en)).toBe("950");
  });

  it("finds the digits that prices have", () => {
    expect(pricePrecision([42000, 42000.5, 41999.25])).toBe(2);
    expect(pricePrecision([0.08123, 0.0812])).toBe(5);
    expect(pricePrecision([1, 2, 3])).toBe(0);
    expect(pricePrecision([0.1 + 0.2])).toBe(1);
    expect(pricePrecision([])).toBe(0);
    expect(pricePrecision([6296.95158, 6296.9458])).toBe(3);
    expect(pricePrecision([...new Array<number>(99).fill(1.25), 1.23456])).toBe(2);
    expect(pricePrecision([0.00001234])).toBe(8);
  });

  it("says by sign and arrow what colour says", () => {
    expect([arrow(1), arrow(-1), arrow(0)]).toEqual(["▲", "▼", ""]);
    expect([tone(1), tone(-1), tone(0)]).toEqual(["gain", "loss", ""]);
  });
});

describe("times", () => {
  it("names the zone", () => {
    expect(utcTime(1_704_063_600_000)).toBe("2023-12-31 23:00 UTC");
    expect(utcTime(null)).toBe(UNKNOWN);
  });

  it("gives ages in their largest unit", () => {
    expect(age(12_300)).toBe("12 s");
    expect(age(-5)).toBe("0 s");
    expect(age(5 * 60_000 + 1)).toBe("5 min");
    expect(age(26 * 3_600_000)).toBe("26 h");
    expect(age(12 * 86_400_000)).toBe("12 d");
    expect(age(2.9 * 365.25 * 86_400_000)).toBe("2.9 y");
  });

  it("gives bytes and short times in the unit that fits", () => {
    expect(bytes(999, en)).toBe("999 B");
    expect(bytes(56_230_000, en)).toBe("56.2 MB");
    expect(bytes(123_456_000_000, en)).toBe("123 GB");
    expect(bytes(null, en)).toBe(UNKNOWN);
    expect(duration(0.0241, en)).toBe("24.1 µs");
    expect(duration(1.314, en)).toBe("1.31 ms");
    expect(duration(2_500, en)).toBe("2.50 s");
    expect(duration(0, en)).toBe("0 ms");
    expect(duration(7_200_000, en)).toBe("2 h");
    expect(duration(undefined, en)).toBe(UNKNOWN);
  });

  it("counts in English", () => {
    expect(counted(1, "run")).toBe("1 run");
    expect(counted(2, "run")).toBe("2 runs");
    expect(counted(0, "series", "series")).toBe("0 series");
  });
});
