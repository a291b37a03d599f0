import type { RepositoryConfig } from "../config/repository-config.ts";

/** What the argument of `ignore` must be, where it is not said in the thread of a finding. */
const findingId = /^(?:finding[ =:]*)?([0-9a-f]{6,16})$/i;

/**
 * The finding that a person named, by its whole id or by how it begins; null where it is none, or could be several.
 * @param known ids of the findings on this pull request
 */
export function namedFinding(argument: string, known: readonly string[]): string | null {
  const named = findingId.exec(argument.replaceAll("`", "").trim())?.[1]?.toLowerCase();
  if (named === undefined) return null;
  if (named.length === 16) return named;
  const [id, ...others] = known.filter((one) => one.startsWith(named));
  return id !== undefined && others.length === 0 ? id : null;
}

/** Answers, in Markdown. */
export const steeringAnswers = {
  paused:
    "Paused: nothing is said on this pull request unasked until `/assistant resume`. `/assistant review` works all the same.",
  resumed({ mode, review }: RepositoryConfig): string {
    if (mode === "mention" || !review.enabled)
      return "Resumed. In this repository nothing is said unasked in any case; `/assistant review` asks for a review.";
    return "Resumed: from now on this pull request is reviewed unasked again, beginning with what was pushed meanwhile.";
  },
  ignored:
    "This finding is not said again on this pull request. Its comment stays as it is; resolve the thread to fold it.",
  noFinding:
    "Say `/assistant ignore` as a reply in the thread of a finding, or give the finding's id as the summary has it.",
};
