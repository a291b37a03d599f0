/** Labels that say how big a change is, with the number of changed lines from which each holds. */
export type SizeLabels = Readonly<Record<string, number>>;

export interface LabelPlan {
  add: string[];
  remove: string[];
}

/**
 * Which labels a pull request gets and loses. Only labels that the repository has are ever added; of those that say a size,
 * the one that holds stays, and the others go. The label for risk is added and left for people to take off.
 * @param lines of the change that were reviewed
 */
export function planLabels(
  { sizes, risk, isRisky }: { sizes: SizeLabels; risk: string | undefined; isRisky: boolean },
  { lines, onPull, inRepository }: { lines: number; onPull: readonly string[]; inRepository: readonly string[] },
): LabelPlan {
  const known = (name: string): string | undefined => inRepository.find((one) => isSame(one, name));
  const fitting = Object.entries(sizes).filter(([name, least]) => least <= lines && known(name) !== undefined);
  const size = fitting.sort(([, a], [, b]) => b - a)[0]?.[0];
  const wanted = [...(size === undefined ? [] : [size]), ...(isRisky && risk !== undefined ? [risk] : [])];
  return {
    add: wanted.flatMap((name) => (onPull.some((one) => isSame(one, name)) ? [] : (known(name) ?? []))),
    remove: onPull.filter((one) => isSizeOf(sizes, one) && size !== undefined && !isSame(one, size)),
  };
}

function isSizeOf(sizes: SizeLabels, name: string): boolean {
  return Object.keys(sizes).some((one) => isSame(one, name));
}

/** GitHub holds two labels that differ in case for the same one. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
