import type { History } from "../../history/history.ts";

/**
 * What of a history matters to a file: the commits that changed it, and the merges that joined different versions of it. By
 * the positions of a history, which come children before parents.
 */
export interface PathGraph {
  /** The nearest of these commits that one descends from, or is. −1 where the history holds none. */
  nearest(position: number): number;
}

export function openPathGraph(history: History, paths: Iterable<string>): PathGraph {
  const { first, others } = parentsOf(history);
  const changing = new Uint8Array(history.commits.length);
  for (const path of paths) for (const position of history.commitsOf(path)) changing[position] = 1;
  const nearest = new Int32Array(history.commits.length).fill(-1);
  const lineage = createLineage();
  const nearestOf = (position: number): number => (position < 0 ? -1 : (nearest[position] as number));
  for (let position = nearest.length - 1; position >= 0; position--) {
    const further = others[position];
    let before = nearestOf(first[position] as number);
    // Most merges join what is the same on all sides.
    if (further?.some((one) => nearestOf(one) !== before) === true)
      before = newestVersion([before, ...further.map(nearestOf)], lineage) ?? position;
    if (changing[position] === 1 || before === position) {
      nearest[position] = position;
      lineage.add(
        position,
        before === position ? [first[position] as number, ...(further ?? [])].map(nearestOf) : [before],
      );
    } else nearest[position] = before;
  }
  return { nearest: (position) => nearest[position] ?? -1 };
}

/**
 * What a merge has where all but one of the versions that it joins went into that one: nobody wrote to the file meanwhile.
 * Null where several have to be looked at.
 */
function newestVersion(versions: readonly number[], lineage: Lineage): number | null {
  const different = [...new Set(versions)];
  const newest = different.find((one) => different.every((other) => other === one || lineage.isBefore(other, one)));
  return newest ?? null;
}

/** Which of the commits that matter descend from which. They are added parents first. */
interface Lineage {
  add(position: number, parents: readonly number[]): void;
  /** −1, nothing, is before everything. */
  isBefore(position: number, other: number): boolean;
}

function createLineage(): Lineage {
  const numbers = new Map<number, number>();
  /** By number, one bit for each that is before. */
  const before: Uint32Array[] = [];
  return {
    add(position, parents) {
      const own = new Uint32Array((before.length >>> 5) + 1);
      for (const parent of parents) {
        const number = numbers.get(parent);
        if (number === undefined) continue;
        own[number >>> 5]! |= 1 << (number & 31);
        for (const [i, bits] of (before[number] as Uint32Array).entries()) own[i]! |= bits;
      }
      numbers.set(position, before.length);
      before.push(own);
    },
    isBefore(position, other) {
      if (position < 0) return true;
      const [number, bits] = [numbers.get(position) ?? 0, before[numbers.get(other) ?? -1]];
      return bits !== undefined && (((bits[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
    },
  };
}

interface Parents {
  /** By position; −1 where the history does not reach, and for roots. */
  first: Int32Array;
  /** Of merges, all but the first, by position. */
  others: (number[] | undefined)[];
}

const known = new WeakMap<History, Parents>();

function parentsOf(history: History): Parents {
  const found = known.get(history) ?? readParents(history);
  known.set(history, found);
  return found;
}

function readParents(history: History): Parents {
  const first = new Int32Array(history.commits.length).fill(-1);
  const others = Array.from<number[] | undefined>({ length: first.length });
  for (let position = 0; position < first.length; position++) {
    const positions = history.parentsOf(position);
    first[position] = positions[0] ?? -1;
    if (positions.length > 1) others[position] = positions.slice(1);
  }
  return { first, others };
}
