/**
 * What a word is made of. The table is our own, because `\p{L}` and `toLowerCase` follow the Unicode version of the
 * running Node: an upgrade would silently change tokens, and an engram would no longer equal one built afresh.
 */
export const CharacterClass = {
  /** Ends a word. */
  none: 0,
  /** A lower-case letter, or a letter of a script without case. */
  lower: 1,
  upper: 2,
  digit: 3,
  underscore: 4,
  /** Continues a word and cannot begin one: combining marks and the second half of a surrogate pair. */
  mark: 5,
} as const;

/** Upper-case letters with a lower-case letter at a fixed distance: first, last, distance. */
const upperRanges: [number, number, number][] = [
  [0x41, 0x5a, 32], // A-Z
  [0xc0, 0xd6, 32], // À-Ö
  [0xd8, 0xde, 32], // Ø-Þ
  [0x0391, 0x03a1, 32], // Α-Ρ
  [0x03a3, 0x03ab, 32], // Σ-Ϋ
  [0x0400, 0x040f, 80], // Ѐ-Џ
  [0x0410, 0x042f, 32], // А-Я
  [0xff21, 0xff3a, 32], // full-width A-Z
];

/** Above ASCII everything is a letter except these: punctuation, symbols, controls, private use. */
const nonWordRanges: [number, number][] = [
  [0x80, 0xa9],
  [0xab, 0xb4],
  [0xb6, 0xb9],
  [0xbb, 0xbf],
  [0xd7, 0xd7], // ×
  [0xf7, 0xf7], // ÷
  [0x037e, 0x037e], // Greek question mark
  [0x0387, 0x0387],
  [0x060c, 0x060c], // Arabic comma, semicolon, question mark, full stop
  [0x061b, 0x061b],
  [0x061f, 0x061f],
  [0x066a, 0x066d],
  [0x06d4, 0x06d4],
  [0x0964, 0x0965], // danda
  [0x2000, 0x2bff], // general punctuation to arrows, mathematics, box drawing, dingbats
  [0x2e00, 0x2e7f],
  [0x3000, 0x3004],
  [0x3008, 0x3020], // CJK brackets
  [0x3030, 0x3030],
  [0x30fb, 0x30fb], // katakana middle dot
  [0xd83c, 0xd83e], // first halves of U+1F000..U+1FBFF: emoji and pictographs
  [0xe000, 0xf8ff], // private use
  [0xfd3e, 0xfd3f],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe6f],
  [0xfeff, 0xff0f], // byte order mark, full-width punctuation
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
  [0xffe0, 0xffff],
];

const markRanges: [number, number][] = [
  [0x0300, 0x036f], // combining accents
  [0xdc00, 0xdfff], // second halves of surrogate pairs
  [0xfe00, 0xfe0f], // variation selectors
];

/** Class of every UTF-16 code unit. */
export const classOf: Uint8Array = classTable();

/** Lower case of every UTF-16 code unit; it takes as many bytes of UTF-8 as the unit itself. */
export const lowerOf: Uint16Array = lowerTable();

/**
 * Lower case by fixed rules: ASCII, Latin-1, Greek, Cyrillic and full-width letters. Other letters stay as they are,
 * on every Node version alike.
 */
export function lowerCase(word: string): string {
  if (isAscii(word)) return word.toLowerCase();
  let lower = "";
  for (let i = 0; i < word.length; i++) {
    lower += String.fromCharCode(lowerOf[word.charCodeAt(i)] as number);
  }
  return lower;
}

function isAscii(word: string): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) > 0x7f) return false;
  return true;
}

function classTable(): Uint8Array {
  const table = new Uint8Array(0x10000).fill(CharacterClass.lower);
  table.fill(CharacterClass.none, 0, 0x80);
  table.fill(CharacterClass.lower, 0x61, 0x7b);
  table.fill(CharacterClass.digit, 0x30, 0x3a);
  table[0x5f] = CharacterClass.underscore;
  for (const [first, last] of upperRanges) table.fill(CharacterClass.upper, first, last + 1);
  for (const [first, last] of nonWordRanges) table.fill(CharacterClass.none, first, last + 1);
  for (const [first, last] of markRanges) table.fill(CharacterClass.mark, first, last + 1);
  return table;
}

function lowerTable(): Uint16Array {
  const table = Uint16Array.from({ length: 0x10000 }, (_, unit) => unit);
  for (const [first, last, distance] of upperRanges) {
    for (let unit = first; unit <= last; unit++) table[unit] = unit + distance;
  }
  return table;
}
