import { expect, test } from "vitest";

import { answering, counts, kindText, news, symbolOf } from "./filter";
import type { Alert, Severity } from "../api/records";

function alert(id: number, severity: Severity, kind: string, subject = ""): Alert {
  return {
    id,
    kind,
    subject,
    severity,
    state: "active",
    message: "",
    value: null,
    limit: null,
    raised_at: 0,
    escalated_at: null,
    acknowledged_by: null,
    acknowledged_at: null,
    recovered_at: null,
  };
}

const alerts = [alert(1, "red", "STALE_FEED", "sim"), alert(2, "info", "PRICE_LEVEL", "SIM-ALPHA above 3 #1")];

test("alerts are counted and filtered", () => {
  expect(counts(alerts)).toEqual({ red: 1, yellow: 0, info: 1 });
  expect(answering(alerts, { severity: "", kind: "" })).toHaveLength(2);
  expect(answering(alerts, { severity: "red", kind: "" }).map(({ id }) => id)).toEqual([1]);
  expect(answering(alerts, { severity: "red", kind: "PRICE_LEVEL" })).toEqual([]);
});

test("kinds are words", () => {
  expect(kindText("LOW_WIN_RATE")).toBe("Low win rate");
});

test("an alert about a symbol names it", () => {
  expect(symbolOf(alerts[1] ?? { subject: "" }, ["SIM-ALPHA"])).toBe("SIM-ALPHA");
  expect(symbolOf(alerts[0] ?? { subject: "" }, ["SIM-ALPHA"])).toBeNull();
});

test("what is new or worse is news, what is known is not", () => {
  expect(news(new Map(), alerts)).toHaveLength(2);
  expect(
    news(
      new Map([
        [1, "yellow"],
        [2, "info"],
      ]),
      alerts,
    ).map(({ id }) => id),
  ).toEqual([1]);
});
