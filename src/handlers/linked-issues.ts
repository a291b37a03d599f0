import type { Octokit } from "@octokit/rest";
import { issueReferences } from "../history/past-commit.ts";
import { limits } from "../shared/limits.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { LinkedIssue } from "../tasks/review/compliance/linked-issue.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { PullState } from "../workspace/open-pull.ts";
import { readIssue } from "../workspace/read-issues.ts";

/**
 * The issues of the same repository that a pull request says it closes: by GitHub's keywords in its title and text, or by
 * the name of its branch. Out of the tracker where it knows them, else asked of GitHub; none where that fails, since a
 * review does not depend on it.
 */
export async function readLinkedIssues(
  pull: Pick<PullState, "number" | "title" | "body" | "branch">,
  { octokit, repository, tracker }: { octokit: Octokit; repository: RepositoryId; tracker: Tracker | null },
): Promise<LinkedIssue[]> {
  const numbers = closedIssues(pull, repository).filter((number) => number !== pull.number);
  const issues = await Promise.all(
    numbers.slice(0, limits.linkedIssues).map(async (number) => {
      const known = tracker?.issue(number);
      if (known) return known.pull ? null : known;
      return readIssue(octokit, repository, number).catch(() => null);
    }),
  );
  return issues.flatMap((issue) =>
    issue === null ? [] : [{ number: issue.number, title: issue.title, body: issue.body, state: issue.state }],
  );
}

/** In the order of the text, then of the branch: `12-title`, as GitHub names it, `fix-12`, `ada/issue-12`. */
export function closedIssues(
  { title, body, branch }: Pick<PullState, "title" | "body" | "branch">,
  repository: RepositoryId,
): number[] {
  // What is in a comment or an example was left there by a template, or is about something else.
  const text = `${title}\n\n${body}`
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/```[\s\S]*?(?:```|$)|`[^`\n]*`/g, " ");
  const named = issueReferences(text, repository).flatMap(({ number, closes }) => (closes ? number : []));
  const [, leading, marked] =
    /^(?:[\w.-]+\/)?(?:(\d{1,7})-[a-z]|(?:[\w-]*[/_-])?(?:issue|fix|bug|gh)[-_/#]?(\d{1,7})(?!\d))/i.exec(branch) ?? [];
  const ofBranch = Number(leading ?? marked ?? 0);
  return [...new Set([...named, ...(ofBranch > 0 ? [ofBranch] : [])])];
}
