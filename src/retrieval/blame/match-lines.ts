/**
 * For each line of the second text the line of the first that it is, or −1: the shortest edit script (Myers 1986, An O(ND)
 * difference algorithm) between the lines that stand only once in both, after what both begin and end with. Lines are
 * numbers; equal lines are equal numbers. Where texts differ in more than `mostEdits`, what lies between is taken as other.
 */
export function matchLines(a: Int32Array, b: Int32Array): Int32Array {
  const matched = new Int32Array(b.length).fill(-1);
  matchRange({ a, b, matched }, { from: 0, to: a.length, start: 0, end: b.length });
  slideDown(b, matched);
  return matched;
}

/** Per stretch. Time and memory go by the square: a millisecond and a megabyte. */
const mostEdits = 500;

interface Texts {
  a: Int32Array;
  b: Int32Array;
  matched: Int32Array;
}

/** Lines [from, to) of the first text and [start, end) of the second. */
interface Range {
  from: number;
  to: number;
  start: number;
  end: number;
}

function matchRange(texts: Texts, range: Range): void {
  const rest = trim(texts, range);
  if (rest.from === rest.to || rest.start === rest.end) return;
  if (shortestScript(texts, rest)) return;
  const anchors = commonUniqueLines(texts, rest);
  if (anchors.length === 0) return;
  let [from, start] = [rest.from, rest.start];
  for (const [left, right] of [...anchors, [rest.to, rest.end] as const]) {
    matchRange(texts, { from, to: left, start, end: right });
    if (left < rest.to) texts.matched[right] = left;
    [from, start] = [left + 1, right + 1];
  }
}

/** Matches what both begin and end with, and returns what lies between. */
function trim({ a, b, matched }: Texts, { from, to, start, end }: Range): Range {
  while (from < to && start < end && a[from] === b[start]) matched[start++] = from++;
  while (from < to && start < end && a[to - 1] === b[end - 1]) matched[--end] = --to;
  return { from, to, start, end };
}

/** For each number of edits the diagonals from −edits − 1 to edits + 1, as they were before it. Kept between calls. */
const trace = new Int32Array(traceStart(mostEdits + 1));
const kept = new Int32Array(2 * mostEdits + 3);

/** The sum of 2 i + 3 over all i below. */
function traceStart(edits: number): number {
  return edits * (edits + 2);
}

/** False where it takes too many edits. `furthest` is by diagonal: how far in `a` a path of so many edits gets there. */
function shortestScript(texts: Texts, { from, to, start, end }: Range): boolean {
  const { a, b } = texts;
  const [n, m] = [to - from, end - start];
  const most = Math.min(n + m, mostEdits);
  const furthest = kept.fill(0, 0, 2 * most + 3);
  const middle = most + 1;
  for (let edits = 0; edits <= most; edits++) {
    trace.set(furthest.subarray(middle - edits - 1, middle + edits + 2), traceStart(edits));
    for (let k = -edits; k <= edits; k += 2) {
      const isDown = k === -edits || (k !== edits && at(furthest, middle + k - 1) < at(furthest, middle + k + 1));
      let x = isDown ? at(furthest, middle + k + 1) : at(furthest, middle + k - 1) + 1;
      while (x < n && x - k < m && a[from + x] === b[start + x - k]) x++;
      furthest[middle + k] = x;
      if (x >= n && x - k >= m) {
        traceBack(texts, { from, to, start, end }, edits);
        return true;
      }
    }
  }
  return false;
}

function traceBack({ matched }: Texts, { from, to, start, end }: Range, needed: number): void {
  let [x, y] = [to - from, end - start];
  for (let edits = needed; edits >= 0; edits--) {
    const k = x - y;
    const value = (diagonal: number): number => at(trace, traceStart(edits) + diagonal + edits + 1);
    const isDown = k === -edits || (k !== edits && value(k - 1) < value(k + 1));
    const [lastX, lastK] = isDown ? [value(k + 1), k + 1] : [value(k - 1), k - 1];
    const [endX, endY] = edits === 0 ? [0, 0] : [lastX, lastX - lastK];
    while (x > endX && y > endY) matched[start + --y] = from + --x;
    [x, y] = [endX, endY];
  }
}

function at(values: Int32Array, index: number): number {
  return values[index] as number;
}

/** Lines that stand once in each, as many of them as keep their order (patience: the longest ascending sequence). */
function commonUniqueLines({ a, b }: Texts, { from, to, start, end }: Range): [left: number, right: number][] {
  const left = placesOfUnique(a, from, to);
  const right = placesOfUnique(b, start, end);
  const pairs: [number, number][] = [];
  for (const [line, place] of right) {
    const other = left.get(line);
    if (place >= 0 && other !== undefined && other >= 0) pairs.push([other, place]);
  }
  pairs.sort((one, other) => one[1] - other[1]);
  return longestAscending(pairs);
}

/** −1 for lines that stand there more than once. */
function placesOfUnique(lines: Int32Array, from: number, to: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let i = from; i < to; i++) places.set(at(lines, i), places.has(at(lines, i)) ? -1 : i);
  return places;
}

function longestAscending(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  for (const [i, [left]] of pairs.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tails[middle] as number] as [number, number])[0] < left) low = middle + 1;
      else high = middle;
    }
    before[i] = low > 0 ? (tails[low - 1] as number) : -1;
    tails[low] = i;
  }
  const chosen: [number, number][] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = at(before, i)) chosen.push(pairs[i] as [number, number]);
  return chosen.reverse();
}

/**
 * Of lines that were put in, and could have been put in a few lines below as well, the lowest place is told (git weighs indentation too):
 * what repeats at the end of a new function is then the new function's end.
 */
function slideDown(b: Int32Array, matched: Int32Array): void {
  for (let end = b.length - 1; end >= 0; end--) {
    if (matched[end] !== -1) continue;
    let start = end;
    while (start > 0 && matched[start - 1] === -1) start--;
    let [first, after] = [start, end + 1];
    while (after < b.length && (matched[after] as number) >= 0 && b[first] === b[after]) {
      // Only where the lines stand together in the first text: else something was taken out there.
      if ((first > 0 ? at(matched, first - 1) : -1) + 1 !== matched[after]) break;
      matched[first++] = matched[after] as number;
      matched[after++] = -1;
    }
    end = start;
  }
}
