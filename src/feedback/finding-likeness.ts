import { cosine, type IntegerVector, type Metric, textVector } from "../engram/algebra/token-vector.ts";
import type { Kernel } from "../engram/kernel/kernel.ts";
import type { FindingTexts } from "./feedback.ts";

export interface FindingEncoder {
  kernel: Kernel;
  seed: number;
}

/** A finding in the token space, its parts apart. */
export interface FindingVector {
  words: IntegerVector;
  code: IntegerVector;
  path: IntegerVector;
}

/** What the parts weigh: what is claimed, the lines it is claimed of, where they stand. */
const weights = { words: 0.5, code: 0.4, path: 0.1 } as const;
/** A word that is repeated says less each time. */
const metric: Metric = { squareRoots: true };

export function findingVector(encoder: FindingEncoder, { words, code, path }: FindingTexts): FindingVector {
  const vector = (text: string): IntegerVector => textVector(encoder, text);
  return { words: vector(words), code: vector(code), path: vector(path) };
}

/**
 * 0 to 1: mean cosine of the parts, by weight. A part that either lacks counts as unlike, so findings without lines, which
 * name a few paths and nothing else, are never much alike.
 */
export function findingLikeness(a: FindingVector, b: FindingVector): number {
  const like = (part: keyof FindingVector): number => weights[part] * cosine(a[part], b[part], metric);
  return like("words") + like("code") + like("path");
}
