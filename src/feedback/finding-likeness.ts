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

/** 0 to 1: mean cosine of the parts, by weight. A part that neither has is left out. */
export function findingLikeness(a: FindingVector, b: FindingVector): number {
  let [sum, total] = [0, 0];
  for (const part of ["words", "code", "path"] as const) {
    if (a[part].tokens.length + b[part].tokens.length === 0) continue;
    sum += weights[part] * cosine(a[part], b[part], metric);
    total += weights[part];
  }
  return total === 0 ? 0 : sum / total;
}
