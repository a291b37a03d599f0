import { toTokenId } from "../token-space.ts";
import { CharacterClass, classOf, lowerOf } from "../word-characters.ts";
import { limits } from "../../shared/limits.ts";
import { murmur3 } from "./murmur3.ts";

/**
 * A text whose bytes are classified and lower-cased, so that words, their parts and their hashes are found byte by byte.
 * Lower case takes as many bytes as upper case (word-characters.ts): offsets are those of the text.
 */
export interface ClassifiedText {
  length: number;
  lower: Uint8Array;
  /** Class of the character that begins at this byte; `upperTrail` or `mark` at the bytes that continue one. */
  classes: Uint8Array;
}

const { none, lower: lowerLetter, upper, digit, underscore, mark } = CharacterClass;

/** Continues a letter of upper case: nothing begins here, and what follows sees an upper-case letter before it. */
const upperTrail = 6;

/** Classes 0 to 6 fit three bits. */
const classCount = 8;

/** What `boundaries` says of a pair of classes. */
const isJoint = 1;
const isJointBeforeLower = 2;

/** Whether a new part begins between two classes: an entry for before · classCount + here. See tokenize.ts. */
const boundaries = boundaryTable();

/** @param space is reused where it is large enough */
export function classify(utf8: Uint8Array, space: ClassifiedText): ClassifiedText {
  const isLarge = space.lower.length >= utf8.length;
  const text = isLarge
    ? space
    : { lower: new Uint8Array(utf8.length), classes: new Uint8Array(utf8.length), length: 0 };
  const { lower, classes } = text;
  text.length = utf8.length;
  for (let i = 0; i < utf8.length;) {
    const byte = utf8[i] as number;
    if (byte < 0x80) {
      lower[i] = lowerOf[byte] as number;
      classes[i++] = classOf[byte] as number;
    } else {
      i = classifyLong(utf8, i, text);
    }
  }
  return text;
}

/**
 * Hashes of all tokens between two bytes, in the order and with the repeats of `tokenize`.
 * @param into has at least `end - start + 1` entries from `at`
 * @returns the end of what was written
 */
export function hashTokensBetween(
  text: ClassifiedText,
  start: number,
  end: number,
  seed: number,
  into: Uint32Array,
  at: number,
): number {
  const { classes, lower } = text;
  let i = start;
  for (;;) {
    while (i < end && !beginsWord(classes[i] as number)) i++;
    if (i >= end) return at;
    const word = i;
    while (i < end && classes[i] !== none) i++;
    into[at++] = toTokenId(murmur3(lower, word, i, seed));
    if (isSplit(text, word, i)) at = hashParts(text, word, i, seed, into, at);
  }
}

function beginsWord(kind: number): boolean {
  return kind !== none && kind !== mark;
}

/** Parts of one character say nothing on their own and are left out. */
function hashParts(
  text: ClassifiedText,
  wordStart: number,
  wordEnd: number,
  seed: number,
  into: Uint32Array,
  at: number,
): number {
  const { classes, lower } = text;
  let partStart = wordStart;
  for (let i = wordStart + 1; i <= wordEnd; i++) {
    if (i < wordEnd && !isBoundary(classes, i, wordEnd)) continue;
    if (i - partStart === wordEnd - wordStart) break;
    let start = partStart;
    let end = i;
    while (start < end && classes[start] === underscore) start++;
    while (end > start && classes[end - 1] === underscore) end--;
    if (end - start > 1 && unitsBetween(lower, start, end) > 1)
      into[at++] = toTokenId(murmur3(lower, start, end, seed));
    partStart = i;
  }
  return at;
}

function isBoundary(classes: Uint8Array, i: number, wordEnd: number): boolean {
  const kind = boundaries[(classes[i - 1] as number) * classCount + (classes[i] as number)] as number;
  if (kind !== isJointBeforeLower) return kind === isJoint;
  let next = i + 1;
  while (next < wordEnd && classes[next] === upperTrail) next++;
  return next < wordEnd && classes[next] === lowerLetter;
}

function isSplit({ lower }: ClassifiedText, start: number, end: number): boolean {
  return end - start <= limits.splitWordCharacters || unitsBetween(lower, start, end) <= limits.splitWordCharacters;
}

/** UTF-16 code units, which is what `tokenize` measures words in. */
function unitsBetween(utf8: Uint8Array, start: number, end: number): number {
  let units = 0;
  for (let i = start; i < end; i++) {
    const byte = utf8[i] as number;
    if (byte >= 0xf0) units += 2;
    else if (byte < 0x80 || byte >= 0xc0) units++;
  }
  return units;
}

/** A character of more than one byte. Returns where the next one begins. */
function classifyLong(utf8: Uint8Array, i: number, { lower, classes }: ClassifiedText): number {
  const lead = utf8[i] as number;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const end = Math.min(i + size, utf8.length);
  let code = lead & (0xff >> (size + 1));
  for (let at = i + 1; at < end; at++) code = (code << 6) | ((utf8[at] as number) & 0x3f);
  const unit = size === 4 ? 0xd800 + (((code - 0x10000) >> 10) & 0x3ff) : code & 0xffff;
  const kind = classOf[unit] as number;
  classes[i] = kind;
  classes.fill(kind === upper ? upperTrail : mark, i + 1, end);
  if (kind !== upper) {
    for (let at = i; at < end; at++) lower[at] = utf8[at] as number;
    return end;
  }
  let low = lowerOf[unit] as number;
  for (let at = end - 1; at > i; at--) {
    lower[at] = 0x80 | (low & 0x3f);
    low >>= 6;
  }
  lower[i] = (size === 2 ? 0xc0 : 0xe0) | low;
  return end;
}

function boundaryTable(): Uint8Array {
  const table = new Uint8Array(classCount * classCount);
  for (let before = 1; before < classCount; before++) {
    for (const here of [lowerLetter, upper, digit, underscore]) {
      table[before * classCount + here] = boundaryOf(before === upperTrail ? upper : before, here);
    }
  }
  return table;
}

function boundaryOf(before: number, here: number): number {
  if (before === underscore) return here === underscore ? 0 : isJoint;
  if ((before === digit) !== (here === digit)) return isJoint;
  if (here !== upper) return 0;
  return before === upper ? isJointBeforeLower : isJoint;
}
