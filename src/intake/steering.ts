import type { RepositoryConfig } from "../config/repository-config.ts";

/** What the argument of `ignore` must be, where it is not said in the thread of a finding. */
const findingId = /^(?:finding[ =:]*)?([0-9a-f]{16})$/i;

/** The id that a person gave; null where it is none. */
export function namedFinding(argument: string): string | null {
  return findingId.exec(argument.replaceAll("`", "").trim())?.[1]?.toLowerCase() ?? null;
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
    "Say `/assistant ignore` as a reply in the thread of a finding, or give the finding's id: 16 hexadecimal digits.",
};
