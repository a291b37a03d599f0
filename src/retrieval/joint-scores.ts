/** How much the cosine of the meanings has to say. Shares from 0.3 to 0.7 differ little (docs/retrieval.md). */
const SHARE = 0.5;
/**
 * What the meaning's cosine usually is beside a cosine of words, and how many issues this counts as: with few vectors of the
 * repository's own, it is what the others are judged by.
 */
const USUAL: readonly Point[] = [
  { cosine: 0, meaning: 0.2, weight: 2 },
  { cosine: 0.5, meaning: 0.65, weight: 2 },
];

/**
 * Words and meaning at equal weight. An issue without a vector gets the meaning that its words make likely, by a line through
 * those that have one: so it stands where its words put it, neither before nor behind the others for having none.
 * @param words cosines, 0..1
 * @param meanings cosines, or null where there is no vector
 */
export function jointScores(words: readonly number[], meanings: readonly (number | null)[]): number[] {
  const line = meanings.includes(null) ? likelyMeaning(words, meanings) : null;
  return words.map((cosine, at) => {
    const meaning = meanings[at] ?? line?.(cosine) ?? cosine;
    return (1 - SHARE) * cosine + SHARE * Math.max(0, meaning);
  });
}

/**
 * Least squares over the issues that have both, each counted by its cosine of words: those that share no word with the text
 * are thousands, and say nothing about those that do.
 */
function likelyMeaning(words: readonly number[], meanings: readonly (number | null)[]): (cosine: number) => number {
  const points = [...USUAL];
  for (const [at, cosine] of words.entries()) {
    const meaning = meanings[at] ?? null;
    if (meaning !== null && cosine > 0) points.push({ cosine, meaning, weight: cosine });
  }
  const total = sumOf(points, () => 1);
  const middle = {
    cosine: sumOf(points, ({ cosine }) => cosine) / total,
    meaning: sumOf(points, ({ meaning }) => meaning) / total,
  };
  const spread = sumOf(points, ({ cosine }) => (cosine - middle.cosine) ** 2);
  const together = sumOf(points, ({ cosine, meaning }) => (cosine - middle.cosine) * (meaning - middle.meaning));
  // A line that falls would rank by words backwards.
  const slope = Math.max(0, together / spread);
  return (cosine) => Math.min(1, middle.meaning + slope * (cosine - middle.cosine));
}

interface Point {
  cosine: number;
  meaning: number;
  weight: number;
}

function sumOf(points: readonly Point[], valueOf: (point: Point) => number): number {
  return points.reduce((sum, point) => sum + point.weight * valueOf(point), 0);
}
