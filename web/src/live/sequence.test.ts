import { describe, expect, it } from "vitest";

import { Sequence } from "./sequence";

describe("numbers of a stream", () => {
  it("takes what follows, drops what came already", () => {
    const sequence = new Sequence();
    expect(sequence.judge("snapshot", 7)).toBe("take");
    expect(sequence.judge("delta", 8)).toBe("take");
    expect(sequence.judge("delta", 8)).toBe("drop");
    expect(sequence.judge("delta", 9)).toBe("take");
  });

  it("asks once where something is missing, and drops everything until the snapshot", () => {
    const sequence = new Sequence();
    sequence.judge("snapshot", 1);
    expect(sequence.judge("delta", 3)).toBe("ask");
    expect(sequence.judge("delta", 4)).toBe("drop");
    expect(sequence.judge("snapshot", 5)).toBe("take");
    expect(sequence.judge("delta", 6)).toBe("take");
  });

  it("takes nothing before the first snapshot, nor after being reset", () => {
    const sequence = new Sequence();
    expect(sequence.judge("delta", 1)).toBe("drop");
    sequence.judge("snapshot", 4);
    sequence.reset();
    expect(sequence.judge("delta", 5)).toBe("drop");
  });
});
