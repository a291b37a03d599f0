import { limits } from "../shared/limits.ts";

/** Every branch that we ever write to begins so. */
const prefix = "assistant/issue-";

export function branchPrefix(issue: number): string {
  return `${prefix}${issue}`;
}

/** The issue that one of our branches is for; null for any other branch. */
export function issueOfBranch(branch: string): number | null {
  const [, number] = /^assistant\/issue-(\d{1,15})(?:-|$)/.exec(branch) ?? [];
  return number === undefined ? null : Number(number);
}

/** `assistant/issue-12-page-size-is-ignored`; of a title without Latin letters only the number. */
export function branchName(issue: number, title: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  let slug = "";
  for (const word of words) {
    if (slug.length + word.length + 1 > limits.branchSlugCharacters) break;
    slug += `-${word}`;
  }
  return branchPrefix(issue) + slug;
}

const commitMark = /^Engram-Assistant: comment=(\d{1,15})$/m;

/** The line in a commit's message that says which comment asked for it. */
export function commitTrailer(comment: number): string {
  return `Engram-Assistant: comment=${comment}`;
}

/** Whether a commit was written for a comment: then it was written before, and is not written again. */
export function isForComment(message: string, comment: number): boolean {
  return commitMark.exec(message)?.[1] === String(comment);
}
