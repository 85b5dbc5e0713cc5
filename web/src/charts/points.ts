// Points of a line as a chart takes them: one a second at most, ascending, the last of each second.

/** Indexes of the points to draw, in order. Times need not be ascending where a clock was set back: such points go. */
export function drawable(ts: ArrayLike<number>): number[] {
  const indexes: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < ts.length; at += 1) {
    const second = Math.round((ts[at] ?? 0) / 1000);
    if (second < last) continue;
    if (second === last) indexes.pop();
    indexes.push(at);
    last = second;
  }
  return indexes;
}
