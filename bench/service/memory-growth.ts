export interface MemorySample {
  /** Ms. */
  at: number;
  mb: number;
}

/**
 * How much memory grows over a time of load: the slope of the straight line through all samples but those of the first
 * quarter, in which caches fill, times the length of that time.
 */
export function growth(samples: readonly MemorySample[]): { growthMb: number; middleMb: number } {
  const counted = samples.slice(Math.floor(samples.length / 4));
  const mean = (of: (sample: MemorySample) => number): number =>
    counted.reduce((sum, sample) => sum + of(sample), 0) / Math.max(1, counted.length);
  const at = mean((sample) => sample.at);
  const mb = mean((sample) => sample.mb);
  const covariance = mean((sample) => (sample.at - at) * (sample.mb - mb));
  const variance = mean((sample) => (sample.at - at) ** 2);
  const span = (counted.at(-1)?.at ?? 0) - (counted[0]?.at ?? 0);
  const slope = variance === 0 ? 0 : covariance / variance;
  return { growthMb: Math.round(slope * span * 10) / 10, middleMb: Math.round(mb) };
}
