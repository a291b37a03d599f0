/**
 * What a day counts, in units of likeness: people report the same thing within days of each other, and ever more seldom as
 * time goes by. Likely ages of duplicates fall like 1 / (1 + days), hence the logarithm. Chosen on the older halves of two
 * trackers' known duplicates, and better on their newer halves (docs/benchmarks.md).
 */
const PER_LOG_DAY = 0.02;
const dayMs = 24 * 60 * 60_000;

/**
 * What an issue loses for its age when a text is written: nothing on the same day, 0.07 after a month, 0.12 after a year. What
 * is of unknown age loses as much as what is a year old.
 * @param written ISO 8601; undefined: ages are not compared
 */
export function ageCost(written: string | undefined): (createdAt: string | undefined) => number {
  if (written === undefined) return () => 0;
  const at = Date.parse(written);
  return (createdAt = "") => {
    const days = (at - Date.parse(createdAt)) / dayMs;
    return PER_LOG_DAY * Math.log(1 + (Number.isNaN(days) ? 365 : Math.max(0, days)));
  };
}
