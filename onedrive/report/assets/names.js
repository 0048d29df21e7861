// Names, sizes and days as a person reads them. Names are data: they reach the page as text only.

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e01ef}]|\p{Cs}/gu;
const UNITS = ["kB", "MB", "GB", "TB", "PB", "EB"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const countFormat = new Intl.NumberFormat("en");

// The name with what it hides shown as an escape, so that it cannot pose as another.
function visibleName(name) {
  return name.replace(HIDDEN, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`);
}

function hexByte(byte) {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

// encodeURIComponent throws at half a character pair. One of DC80 to DCFF stands for a byte that was no UTF-8.
function encodeName(name) {
  return name.replace(/\p{Cs}|\P{Cs}+/gu, (part) => {
    const code = part.charCodeAt(0);
    if (part.length > 1 || code < 0xd800 || code > 0xdfff) return encodeURIComponent(part);
    if (code >= 0xdc80 && code <= 0xdcff) return hexByte(code - 0xdc00);
    return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)].map(hexByte).join("");
  });
}

// Text for searching: without case and accents.
function folded(text) {
  const lower = text.toLowerCase();
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize("NFKD").replace(/\p{M}/gu, "");
}

function extensionOf(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

function countText(number, one, many) {
  return `${countFormat.format(number)} ${number === 1 ? one : many}`;
}

function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = "";
  for (unit of UNITS) {
    value /= 1000;
    if (value < 999.5) break;
  }
  return `${value < 99.95 ? value.toFixed(1) : countFormat.format(Math.round(value))} ${unit}`;
}

function dayText(day) {
  if (!day) return "";
  return `${day % 100} ${MONTHS[(Math.floor(day / 100) % 100) - 1] || ""} ${Math.floor(day / 10000)}`;
}

// A moment of UTC, such as 2026-11-24T05:42, on the clock here.
function momentText(moment) {
  const time = new Date(`${moment}Z`);
  if (!moment || Number.isNaN(time.getTime())) return moment;
  const clock = `${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}`;
  return `${time.getDate()} ${MONTHS[time.getMonth()]} ${time.getFullYear()}, ${clock}`;
}
