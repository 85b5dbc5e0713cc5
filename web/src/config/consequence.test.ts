import { expect, test } from "vitest";

import { danger, inMoney } from "./consequence";

const account = { equity: 10_000, currency: "USD" };

test("fractions of equity are money", () => {
  expect(inMoney({ path: "risk.max_position", before: 0.25, after: 0.2 }, account)).toBe(
    "the largest position in one symbol: 2,500.00 → 2,000.00 USD of 10,000.00 now",
  );
  expect(inMoney({ path: "risk.max_orders_per_minute", before: 60, after: 30 }, account)).toBeNull();
  expect(inMoney({ path: "risk.max_position", before: 0.25, after: 0.2 }, { ...account, equity: null })).toBeNull();
});

test("more leverage than one is dangerous, less is not", () => {
  const change = { path: "risk.max_leverage", before: 1, after: 4 };
  expect(danger(change, account)).toBe(
    "Positions may reach 40,000.00 USD on 10,000.00 of your own. Fully used, prices that move 25.0 % against you take the whole account.",
  );
  expect(danger({ ...change, before: 5 }, account)).toBeNull();
  expect(danger({ ...change, after: 1 }, account)).toBeNull();
  expect(danger({ ...change, path: "risk.max_position" }, account)).toBeNull();
});
