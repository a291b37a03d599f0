/** Standard normal quantile for a one-sided interval of 90 %. */
const oneSided90 = 1.2815515655446004;

/**
 * Lower bound of a share, one-sided, 90 %: with this many right of so many, the true share is above it nine times out of
 * ten. Score interval (Wilson 1927), which holds for few cases and for shares near 0 and 1. 0 where nothing was seen.
 */
export function wilsonLower(right: number, shown: number, z = oneSided90): number {
  if (shown === 0) return 0;
  const share = right / shown;
  const square = z * z;
  const centre = share + square / (2 * shown);
  const margin = z * Math.sqrt((share * (1 - share) + square / (4 * shown)) / shown);
  return Math.max(0, (centre - margin) / (1 + square / shown));
}
