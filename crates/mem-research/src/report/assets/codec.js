// Reads the packed columns that pack.rs writes.

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// A packed column as numbers; undefined values are NaN here and an em dash on the page.
function unpack(packed) {
  const bytes = bytesOf(packed.data);
  const values = new Float64Array(bytes.length);
  const unit = packed.unit ?? 1;
  // Dividing by a whole power of ten rounds better than multiplying by its inverse.
  const divisor = packed.decimals > 0 ? 10 ** packed.decimals : 1;
  const factor = packed.decimals < 0 ? 10 ** -packed.decimals * unit : unit;
  let count = 0;
  let last = 0;
  for (let at = 0; at < bytes.length;) {
    let number = 0;
    let place = 1;
    let byte;
    do {
      byte = bytes[at++];
      number += (byte & 0x7f) * place;
      place *= 128;
    } while (byte & 0x80);
    if (number === 0) {
      values[count++] = NaN;
      continue;
    }
    const zigzag = number - 1;
    last += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    values[count++] = (last * factor) / divisor;
  }
  return values.slice(0, count);
}

// The position of the last value that is not greater than `wanted`; -1 if there is none. `sorted` rises.
function lastAtOrBefore(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
