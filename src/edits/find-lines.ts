import { indentOf, isBlank } from "./lines.ts";

/** Where lines stand, and by what their indentation differs from how they were written. */
export interface FoundLines {
  /** 0-based. */
  at: number;
  count: number;
  shift: Shift;
}

/** What has to be taken from the begin of each line that is no blank one, and put there instead. */
export interface Shift {
  remove: string;
  add: string;
}

/**
 * Where the wanted lines stand in a text: as they are, else with one and the same difference in leading white space, else
 * without blank lines around them. No nearer likeness counts: a guess would change the wrong lines.
 */
export function findLines(lines: readonly string[], wanted: readonly string[]): FoundLines[] {
  for (const search of new Set([wanted.join("\n"), trimBlank(wanted).join("\n")])) {
    const searched = search.split("\n");
    if (searched.every(isBlank)) continue;
    const exact = placesOf(lines, searched, (line, other) => line === other);
    if (exact.length > 0) return exact.map((at) => ({ at, count: searched.length, shift: { remove: "", add: "" } }));
    const shifted = placesOf(lines, searched, (line, other) => line.trimStart() === other.trimStart()).flatMap((at) => {
      const shift = shiftOf(lines.slice(at, at + searched.length), searched);
      return shift === null ? [] : [{ at, count: searched.length, shift }];
    });
    if (shifted.length > 0) return shifted;
  }
  return [];
}

/** The lines moved by a shift; null where one of them does not begin with what has to go. */
export function shiftLines(lines: readonly string[], { remove, add }: Shift): string[] | null {
  if (lines.some((line) => !isBlank(line) && !line.startsWith(remove))) return null;
  return lines.map((line) => (isBlank(line) ? line : add + line.slice(remove.length)));
}

function trimBlank(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => !isBlank(line));
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex((line) => !isBlank(line)) + 1);
}

function placesOf(
  lines: readonly string[],
  wanted: readonly string[],
  same: (line: string, other: string) => boolean,
): number[] {
  const places: number[] = [];
  for (let at = 0; at + wanted.length <= lines.length; at++) {
    if (wanted.every((line, i) => same(lines[at + i] ?? "", line))) places.push(at);
  }
  return places;
}

function shiftOf(stand: readonly string[], wanted: readonly string[]): Shift | null {
  let shift: Shift | null = null;
  for (const [i, line] of wanted.entries()) {
    if (isBlank(line)) continue;
    const [has, written] = [indentOf(stand[i] ?? ""), indentOf(line)];
    const one = has.endsWith(written)
      ? { remove: "", add: has.slice(0, has.length - written.length) }
      : written.endsWith(has)
        ? { remove: written.slice(0, written.length - has.length), add: "" }
        : null;
    if (one === null || (shift !== null && (shift.remove !== one.remove || shift.add !== one.add))) return null;
    shift = one;
  }
  return shift;
}
