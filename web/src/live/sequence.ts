// Whether frames of a stream came one after the other, or some are missing.

/** What is to be done with a frame. */
export type Verdict = "take" | "drop" | "ask";

/** Watches the numbers of one stream. */
export class Sequence {
  private last: number | null = null;

  /** Looks at a frame: `take` it, `drop` it, or drop it and `ask` for a new snapshot since something is missing. */
  judge(type: "snapshot" | "delta", seq: number): Verdict {
    if (type === "snapshot") {
      this.last = seq;
      return "take";
    }
    // Nothing makes sense before the snapshot that has been asked for already.
    if (this.last === null || seq <= this.last) return "drop";
    if (seq === this.last + 1) {
      this.last = seq;
      return "take";
    }
    this.last = null;
    return "ask";
  }

  /** Forgets everything: a snapshot will come. */
  reset(): void {
    this.last = null;
  }
}
