import type { EncodedText } from "./kernel.ts";
import { classify, type ClassifiedText, hashTokensBetween } from "./js-text.ts";

/** Space that one call after the other uses, and the columns that grow during a call. */
interface EncodeState {
  text: ClassifiedText;
  /** Tokens of one window, in the order of the text. */
  window: Uint32Array;
  /** End of each line's tokens in `window`. */
  lineEnds: Uint32Array;
  sorted: Uint32Array;
  tokens: Uint32Array;
  counts: Uint8Array;
  size: number;
  chunks: { start: number; end: number; rowEnd: number }[];
}

export type EncodeText = (utf8: Uint8Array, windows: Uint32Array, seed: number, mostDistinct: number) => EncodedText;

/** `Kernel.encodeText` with space of its own. */
export function createEncodeText(): EncodeText {
  const state: EncodeState = {
    text: { length: 0, lower: new Uint8Array(0), classes: new Uint8Array(0) },
    window: new Uint32Array(0),
    lineEnds: new Uint32Array(0),
    sorted: new Uint32Array(0),
    tokens: new Uint32Array(1_024),
    counts: new Uint8Array(1_024),
    size: 0,
    chunks: [],
  };
  return (utf8, windows, seed, mostDistinct) => {
    const lineStarts = startsOfLines(utf8);
    checkWindows(windows, lineStarts.length - 1);
    state.text = classify(utf8, state.text);
    state.size = 0;
    state.chunks = [];
    for (let w = 0; w < windows.length; w += 2) {
      const start = windows[w] as number;
      const end = windows[w + 1] as number;
      hashWindow(state, lineStarts, start, end, seed);
      countLines(state, start, start, end, mostDistinct);
    }
    return columnsOf(state);
  };
}

/** Byte at which each line begins, and the end of the text. */
function startsOfLines(utf8: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; at < utf8.length;) {
    starts.push(at);
    const feed = utf8.indexOf(10, at);
    at = feed < 0 ? utf8.length : feed + 1;
  }
  starts.push(utf8.length);
  return starts;
}

function checkWindows(windows: Uint32Array, lines: number): void {
  if (windows.length % 2 !== 0) throw new RangeError("a window has a start and an end");
  let last = 0;
  for (let w = 0; w < windows.length; w += 2) {
    const start = windows[w] as number;
    const end = windows[w + 1] as number;
    if (start < last || end <= start || end > lines) throw new RangeError("windows do not fit the lines");
    last = end;
  }
}

/** Hashes every token of a window once; the halves of a window are counted from these. */
function hashWindow(state: EncodeState, lineStarts: number[], start: number, end: number, seed: number): void {
  const bytes = (lineStarts[end] as number) - (lineStarts[start] as number);
  const most = bytes + end - start;
  if (state.window.length < most) state.window = new Uint32Array(2 * most);
  if (state.lineEnds.length < end - start) state.lineEnds = new Uint32Array(2 * (end - start));
  let at = 0;
  for (let line = start; line < end; line++) {
    const from = lineStarts[line] as number;
    const to = lineStarts[line + 1] as number;
    at = hashTokensBetween(state.text, from, to, seed, state.window, at);
    state.lineEnds[line - start] = at;
  }
}

/** Appends the chunk of these lines, or those of its halves where it has too many distinct tokens. */
function countLines(state: EncodeState, first: number, start: number, end: number, mostDistinct: number): void {
  const from = start === first ? 0 : (state.lineEnds[start - first - 1] as number);
  const to = state.lineEnds[end - first - 1] as number;
  if (state.sorted.length < to - from) state.sorted = new Uint32Array(2 * (to - from));
  const sorted = state.sorted.subarray(0, to - from);
  sorted.set(state.window.subarray(from, to));
  sorted.sort();
  if (end - start > 1 && countDistinct(sorted) > mostDistinct) {
    const middle = (start + end) >>> 1;
    countLines(state, first, start, middle, mostDistinct);
    countLines(state, first, middle, end, mostDistinct);
    return;
  }
  appendCounts(state, sorted);
  state.chunks.push({ start, end, rowEnd: state.size });
}

function countDistinct(sorted: Uint32Array): number {
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}

function appendCounts(state: EncodeState, sorted: Uint32Array): void {
  reserve(state, sorted.length);
  const { tokens, counts } = state;
  let at = state.size;
  for (let i = 0; i < sorted.length;) {
    const token = sorted[i] as number;
    let end = i + 1;
    while (end < sorted.length && sorted[end] === token) end++;
    tokens[at] = token;
    counts[at++] = Math.min(end - i, 255);
    i = end;
  }
  state.size = at;
}

function reserve(state: EncodeState, more: number): void {
  if (state.tokens.length >= state.size + more) return;
  const { tokens, counts, size } = state;
  state.tokens = new Uint32Array(2 * (size + more));
  state.counts = new Uint8Array(2 * (size + more));
  state.tokens.set(tokens.subarray(0, size));
  state.counts.set(counts.subarray(0, size));
}

function columnsOf({ chunks, tokens, counts, size }: EncodeState): EncodedText {
  return {
    startLines: Uint32Array.from(chunks, ({ start }) => start + 1),
    endLines: Uint32Array.from(chunks, ({ end }) => end),
    rowEnds: Uint32Array.from(chunks, ({ rowEnd }) => rowEnd),
    tokens: tokens.slice(0, size),
    counts: counts.slice(0, size),
  };
}
