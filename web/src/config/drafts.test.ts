import { expect, test } from "vitest";

import { changes, drafts, edits, forget, keep } from "./drafts";
import type { Config, Field } from "./wire";

function field(path: string, value: number): Field {
  return {
    name: path.split(".").at(-1) ?? path,
    path,
    doc: "",
    kind: "float",
    value,
    default: value,
    min: 0,
    max: 1,
    options: null,
    unit: null,
    live: "at_once",
    source: "default",
  };
}

const config: Config = {
  version: 1,
  sections: [{ name: "risk", doc: "", fields: [field("risk.a", 0.1), field("risk.b", 0.2)] }],
  lanes: [],
  timeframes: [],
};

test("an edit is what differs from what is in force", () => {
  expect(edits(config, { "risk.a": "0.10" })).toEqual([]);
  const found = edits(config, { "risk.b": "0.5", "risk.a": "7", "risk.gone": "1" });
  expect(found.map(({ field: { path }, typed }) => [path, typed])).toEqual([
    ["risk.a", { problem: "0 to 1" }],
    ["risk.b", { value: 0.5 }],
  ]);
  expect(changes(found)).toEqual([{ path: "risk.b", value: 0.5 }]);
});

test("drafts are kept and forgotten one by one or all at once", () => {
  keep("risk.a", "0.3");
  keep("risk.b", "0.4");
  forget("risk.a");
  expect(drafts.value).toEqual({ "risk.b": "0.4" });
  forget();
  expect(drafts.value).toEqual({});
});
