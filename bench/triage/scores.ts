import { mean } from "../statistics.ts";

/** Places that are looked at for a mean reciprocal rank. */
export const placesRanked = 100;

/** Of a ranking: whether one of the answers is among the first 1, 5 and 10 (1 or 0), and one over the place of the first. */
export interface HitScore {
  r1: number;
  r5: number;
  r10: number;
  mrr: number;
}

export function hitScore(ranked: readonly number[], answers: ReadonlySet<number>): HitScore {
  const place = ranked.slice(0, placesRanked).findIndex((number) => answers.has(number)) + 1;
  const within = (places: number): number => (place > 0 && place <= places ? 1 : 0);
  return { r1: within(1), r5: within(5), r10: within(10), mrr: place === 0 ? 0 : 1 / place };
}

export function meanHits(scores: readonly HitScore[]): HitScore {
  const of = (measure: keyof HitScore): number => mean(scores.map((score) => score[measure]));
  return { r1: of("r1"), r5: of("r5"), r10: of("r10"), mrr: of("mrr") };
}

/** Shares of the answers among the first 1, 3, 5 and 10. */
export interface RecallScore {
  r1: number;
  r3: number;
  r5: number;
  r10: number;
}

export function recallScore(ranked: readonly string[], answers: ReadonlySet<string>): RecallScore {
  const within = (places: number): number =>
    ranked.slice(0, places).filter((path) => answers.has(path)).length / answers.size;
  return { r1: within(1), r3: within(3), r5: within(5), r10: within(10) };
}

export function meanRecall(scores: readonly RecallScore[]): RecallScore {
  const of = (measure: keyof RecallScore): number => mean(scores.map((score) => score[measure]));
  return { r1: of("r1"), r3: of("r3"), r5: of("r5"), r10: of("r10") };
}
