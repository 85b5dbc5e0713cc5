// Finding by a few typed letters: every word must occur, early and whole ones count more.

/** How well a text answers a query; null if it does not. Higher is better. */
export function match(query: string, text: string): number | null {
  const where = text.toLowerCase();
  let score = 0;
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === "") continue;
    const at = where.indexOf(word);
    if (at < 0) return null;
    const starts = at === 0 || !/[\p{L}\p{N}]/u.test(where.charAt(at - 1));
    const whole = starts && !/[\p{L}\p{N}]/u.test(where.charAt(at + word.length));
    score += 10 - Math.min(at, 8) + (starts ? 20 : 0) + (whole ? 10 : 0);
  }
  return score;
}

/** Those that answer a query, best first, equally good ones in their order; all of them for an empty query. */
export function find<T>(query: string, items: readonly T[], text: (item: T) => string, most = Infinity): T[] {
  if (query.trim() === "") return items.slice(0, most);
  const found: { item: T; score: number; order: number }[] = [];
  items.forEach((item, order) => {
    const score = match(query, text(item));
    if (score !== null) found.push({ item, score, order });
  });
  found.sort((a, b) => b.score - a.score || a.order - b.order);
  return found.slice(0, most).map(({ item }) => item);
}
