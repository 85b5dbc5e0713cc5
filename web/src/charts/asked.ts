// Indicators in an address: `ema:period=21;pivot_points:anchor=day,method=fibonacci`.

/** An indicator that is asked for, with the parameters that differ from their defaults or were given. */
export interface Asked {
  name: string;
  params: Record<string, string>;
}

/** `period=21,method=fibonacci`: as the API takes them. Names in order, so that equal requests are equal texts. */
export function paramsText(params: Record<string, string>): string {
  return Object.keys(params)
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join(",");
}

/** One indicator as text; equal ones have equal texts. */
export function askedText({ name, params }: Asked): string {
  const given = paramsText(params);
  return given === "" ? name : `${name}:${given}`;
}

/** All of them, in order. */
export function formatAsked(list: readonly Asked[]): string {
  return list.map(askedText).join(";");
}

/** Reads what `formatAsked` writes; what is malformed is left out, and so is what is there twice. */
export function parseAsked(text: string): Asked[] {
  const list: Asked[] = [];
  const seen = new Set<string>();
  for (const part of text.split(";")) {
    const colon = part.indexOf(":");
    const name = (colon < 0 ? part : part.slice(0, colon)).trim();
    if (!/^[a-z0-9_]+$/.test(name)) continue;
    const params: Record<string, string> = {};
    if (colon >= 0) {
      for (const pair of part.slice(colon + 1).split(",")) {
        const match = /^\s*([a-z0-9_]+)=([A-Za-z0-9_.+-]+)\s*$/.exec(pair);
        if (match?.[1] !== undefined && match[2] !== undefined) params[match[1]] = match[2];
      }
    }
    const asked = { name, params };
    const key = askedText(asked);
    if (!seen.has(key)) {
      seen.add(key);
      list.push(asked);
    }
  }
  return list;
}
