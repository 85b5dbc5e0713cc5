// The colours of a chart, taken from the style sheet so that both themes have their own.

/** Colours as CSS texts. */
export interface ChartColours {
  page: string;
  text: string;
  muted: string;
  grid: string;
  line: string;
  up: string;
  down: string;
  upFaint: string;
  downFaint: string;
  accent: string;
  /** For the lines of indicators, in turn. */
  series: string[];
}

/** The colours in force now. */
export function chartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    page: value("surface"),
    text: value("text"),
    muted: value("muted"),
    grid: value("grid"),
    line: value("line"),
    up: value("up"),
    down: value("down"),
    upFaint: value("up-faint"),
    downFaint: value("down-faint"),
    accent: value("accent"),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((index) => value(`series-${index}`)),
  };
}

/** The colour of an output that is coloured by its sign. */
export const BY_SIGN = -1;

/** Which colour each output of an indicator has, when so many are taken. The edges of a band share one. */
export function colourIndexes(
  outputs: readonly string[],
  taken: number,
  bySign: (output: string) => boolean,
): number[] {
  const edges = new Set(["upper", "lower"]);
  let next = taken;
  let edge: number | null = null;
  return outputs.map((output) => {
    if (bySign(output)) return BY_SIGN;
    if (!edges.has(output)) return next++;
    edge ??= next++;
    return edge;
  });
}
