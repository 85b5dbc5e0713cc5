import { expect, test } from "vitest";

import { holdingsText, unrealised, worth } from "./consequence";

const positions = [
  { symbol: "A", qty: "2", last_price: 100, unrealised_pnl: 5 },
  { symbol: "B", qty: "0.5", last_price: 10, unrealised_pnl: -1.5 },
];

test("positions are worth what closing them moves", () => {
  expect(worth(positions)).toBe(205);
  expect(unrealised(positions)).toBe(3.5);
  expect(holdingsText({ positions, open_orders: 0, currency: "USD" })).toBe(
    "2 open positions worth 205.00 USD (+3.50 USD if closed now, before fees)",
  );
});

test("an unknown price leaves figures out, it is no zero", () => {
  const unknown = [...positions, { symbol: "C", qty: "1", last_price: null, unrealised_pnl: null }];
  expect(worth(unknown)).toBeNull();
  expect(holdingsText({ positions: unknown, open_orders: 0, currency: "USD" })).toBe("3 open positions");
  expect(holdingsText({ positions: [], open_orders: 0, currency: "USD" })).toBe("no open position");
});
