/**
 * BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), split so that the part kept with a
 * chunk never depends on other chunks: score = Σ weight(token) · saturation(count). Weights belong to the query and
 * are computed from the counters of the moment; pushes may move the counters without touching a single row.
 */
const k1 = 1.2;
const b = 0.75;

/** What `saturation` approaches for a token that is everywhere in a chunk. */
export const saturationLimit = k1 + 1;

/** Levels of an impact. */
export const impactLevels = 255;

/**
 * Tokens of a usual 40-line chunk. Stands for the mean length where a number is stored or indexed; a constant, because
 * a mean would change with every push.
 */
export const usualLength = 200;

/** Path tokens are a block of their own: how long the chunk's text is says nothing about its path. */
export const pathRelativeLength = 1;

/** @param relativeLength of the chunk, 1 for a chunk of mean length */
export function saturation(count: number, relativeLength: number): number {
  return (count * saturationLimit) / (count + k1 * (1 - b + b * relativeLength));
}

/** Saturation in eight bits for the postings: 1 to 255. */
export function impactOf(count: number, relativeLength: number): number {
  return quantise(saturation(count, relativeLength), impactLevels);
}

/** Saturation in the four magnitudes of a hypervector: 1 to 4. */
export function magnitudeOf(count: number, relativeLength: number): number {
  return quantise(saturation(count, relativeLength), 4);
}

/** Always above zero, also for a token that is in most chunks. */
function inverseDocumentFrequency(frequency: number, chunks: number): number {
  return Math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5));
}

/** Weight of a token that a query holds `count` times. */
export function queryWeight(count: number, frequency: number, chunks: number): number {
  return (1 + Math.log(count)) * inverseDocumentFrequency(frequency, chunks);
}

function quantise(value: number, levels: number): number {
  return Math.min(levels, Math.max(1, Math.round((value / saturationLimit) * levels)));
}
