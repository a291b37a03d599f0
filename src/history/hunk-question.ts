import { mergeSides } from "../engram/algebra/change-columns.ts";
import { type ChangeSides, hunkSides } from "../engram/algebra/change-vector.ts";
import type { HunkBlock } from "./hunk-block.ts";
import type { HunkLines } from "./past-changes.ts";

/** The engram's kernel: it turns lines into tokens. */
export type Kernel = Parameters<typeof hunkSides>[0]["kernel"];

/** Of the hashes of all changes that are kept. */
export const changeSeed = 0;

/** A hunk that others are compared with. */
export interface HunkQuestion {
  norm: number;
  /** Its tokens that any hunk has, in the order of tokens. */
  words: AskedWord[];
}

export interface AskedWord {
  /** Its number in each block, or `absent`. */
  places: readonly number[];
  /** Squared inverse document frequency times the root of its count, on the added and on the removed side. */
  plus: number;
  minus: number;
}

export const absent = 0xffffffff;

type WeighedBlock = Pick<HunkBlock, "tokens"> & { weights: Float64Array };

/** @param unknown weight of a token that no hunk has */
export function readQuestion(
  blocks: readonly WeighedBlock[],
  lines: HunkLines,
  { kernel, unknown }: { kernel: Kernel; unknown: number },
): HunkQuestion {
  const [sides] = hunkSides({ kernel, seed: changeSeed }, [lines]) as [ChangeSides];
  const { tokens, added, removed } = mergeSides(sides);
  const words: AskedWord[] = [];
  let square = 0;
  for (let i = 0; i < tokens.length; i++) {
    const places = blocks.map((block) => find(block.tokens, tokens[i] as number));
    const known = places.findIndex((place) => place !== absent);
    const weight = known < 0 ? unknown : (blocks[known]?.weights[places[known] as number] as number);
    const [more, less] = [added[i] as number, removed[i] as number];
    square += weight * (more + less);
    if (known >= 0) words.push({ places, plus: weight * Math.sqrt(more), minus: weight * Math.sqrt(less) });
  }
  return { norm: Math.sqrt(square), words };
}

/** The number of a token in ascending ones, or `absent`. */
export function find(tokens: Uint32Array, token: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tokens[middle] as number) < token) low = middle + 1;
    else high = middle;
  }
  return tokens[low] === token ? low : absent;
}
