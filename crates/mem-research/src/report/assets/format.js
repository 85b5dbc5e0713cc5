// Numbers and times as people read them. What is undefined is an em dash, never a zero.

const DASH = "\u2014";
const MINUS = "\u2212";

const format = {
  number(value, digits = 2) {
    return Number.isFinite(value) ? (roundedSign(value, digits) < 0 ? MINUS : "") + magnitude(value, digits) : DASH;
  },
  signed(value, digits = 2) {
    if (!Number.isFinite(value)) return DASH;
    const sign = roundedSign(value, digits);
    return (sign > 0 ? "+" : sign < 0 ? MINUS : "") + magnitude(value, digits);
  },
  percent(value, digits = 2) {
    return Number.isFinite(value) ? `${format.number(value, digits)} %` : DASH;
  },
  signedPercent(value, digits = 2) {
    return Number.isFinite(value) ? `${format.signed(value, digits)} %` : DASH;
  },
  // Seven significant digits, but no more decimals than the data has.
  price(value, decimals = 12) {
    return Number.isFinite(value) ? format.number(value, Math.min(decimals, priceDigits(value))) : DASH;
  },
  // A length of time in its two largest units.
  duration(seconds) {
    if (!Number.isFinite(seconds)) return DASH;
    const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const first = units.findIndex(([length]) => seconds >= length);
    if (first < 0) return "0 s";
    const [length, name] = units[first];
    const whole = Math.floor(seconds / length);
    const rest = units[first + 1] ? Math.floor((seconds - whole * length) / units[first + 1][0]) : 0;
    return `${whole.toLocaleString()} ${name}` + (rest > 0 && whole < 100 ? ` ${rest} ${units[first + 1][1]}` : "");
  },
  date(seconds) {
    return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString().slice(0, 10) : DASH;
  },
  time(seconds) {
    if (!Number.isFinite(seconds)) return DASH;
    const text = new Date(seconds * 1000).toISOString();
    const clock = text.slice(11, seconds % 60 === 0 ? 16 : 19);
    return clock === "00:00" ? text.slice(0, 10) : `${text.slice(0, 10)} ${clock}`;
  },
  words(constant) {
    const text = constant.toLowerCase().replaceAll("_", " ");
    return text.charAt(0).toUpperCase() + text.slice(1);
  },
};

// A metric by its kind (see report/figures.rs): percent and money carry a sign where gain and loss are meant.
function formatMetric(definition, value) {
  if (value === null || !Number.isFinite(value)) return DASH;
  switch (definition.kind) {
    case "percent": return definition.signed ? format.signedPercent(value) : format.percent(value);
    case "money": return definition.signed ? format.signed(value) : format.number(value);
    case "count": return format.number(value, 0);
    case "seconds": return format.duration(value);
    default: return format.number(value, 2);
  }
}

function magnitude(value, digits) {
  return Math.abs(value).toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// The sign after rounding, so that -0.001 with two digits carries none.
function roundedSign(value, digits) {
  return Math.sign(Math.round(value * 10 ** digits));
}

// Seven significant digits, at least two decimals.
function priceDigits(value) {
  const size = Math.abs(value);
  return size === 0 ? 2 : Math.min(12, Math.max(2, 6 - Math.floor(Math.log10(size))));
}
