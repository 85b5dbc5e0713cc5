// Votes of a strategy's rules, whatever shape they were kept in.

/** A rule and how it voted. */
export interface Vote {
  rule: string;
  vote: number | string;
}

/** Reads a table of votes, or a list of them; nothing where there are none. */
export function votesOf(votes: unknown): Vote[] {
  if (Array.isArray(votes)) return votes.flatMap((one, index) => named(one, String(index + 1)));
  if (typeof votes !== "object" || votes === null) return [];
  return Object.entries(votes).flatMap(([rule, vote]) => named(vote, rule));
}

function named(value: unknown, name: string): Vote[] {
  if (typeof value === "number" || typeof value === "string") return [{ rule: name, vote: value }];
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown>;
  const rule = fields["rule"] ?? fields["name"] ?? name;
  const vote = fields["vote"] ?? fields["value"] ?? fields["score"];
  return typeof vote === "number" || typeof vote === "string" ? [{ rule: String(rule), vote }] : [];
}
