// What ended a trade, in words.

const reasons: Record<string, string> = {
  exit: "the strategy's own exit signal",
  reversal: "a signal the other way",
  stop_loss: "its stop",
  take_profit: "its target",
  flatten: "an order to close everything",
  unknown: "something that is not on record",
};

/** In a sentence that begins with "Ended by". */
export function endedBy(reason: string): string {
  return reasons[reason] ?? reason.replace(/_/g, " ");
}
