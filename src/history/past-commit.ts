/** TYPE FILE of the history stage: what the message of a commit says about issues and pull requests. */
import type { RepositoryId } from "../shared/repository.ts";
import type { PastCommit } from "./history.ts";

/** Subject and body, with an empty line between. */
export function messageText({ subject, body }: Pick<PastCommit, "subject" | "body">): string {
  return `${subject}\n\n${body}`;
}

/** The pull request that a commit came with, by what GitHub writes into squashed and merge commits. */
export function pullNumberOf(subject: string): number | null {
  const [, squashed, merged] = /\(#(\d{1,9})\)\s*$|^Merge pull request #(\d{1,9})\b/.exec(subject) ?? [];
  const number = Number(squashed ?? merged ?? 0);
  return number > 0 ? number : null;
}

export interface IssueReference {
  number: number;
  /** Whether one of GitHub's nine keywords stands before it: forms of close, fix and resolve. */
  closes: boolean;
}

/**
 * The issues and pull requests that a text refers to, each once, in the order of their first mention: `#12`, `GH-12` and,
 * where `repository` is given, its own `owner/name#12` and URLs. What names another repository does not count.
 */
export function issueReferences(text: string, repository?: RepositoryId): IssueReference[] {
  const found = new Map<number, IssueReference>();
  for (const [, keyword, host, nameInUrl, shortName, digits] of text.matchAll(REFERENCE)) {
    const name = nameInUrl ?? shortName;
    if (name !== undefined && !isSame(host, name, repository)) continue;
    const number = Number(digits);
    if (number === 0) continue;
    const known = found.get(number);
    if (known === undefined) found.set(number, { number, closes: keyword !== undefined });
    else known.closes ||= keyword !== undefined;
  }
  return [...found.values()];
}

/**
 * Keyword; host and `owner/name` of a URL, or `owner/name` of the short form; number. A place begins where a word begins,
 * and its parts have GitHub's greatest lengths: so no text takes long to read.
 */
const NAME = String.raw`([\w-]{1,39}/[\w.-]{1,100})`;
const REFERENCE = new RegExp(
  String.raw`(?:(?<![\w-])(close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+)?` +
    String.raw`(?:\bhttps?://([\w.:-]{1,255})/${NAME}/(?:issues|pull)/|(?<![\w/.&#-])(?:${NAME}#|GH-|#))(\d{1,9})(?!\w)`,
  "gi",
);

function isSame(host: string | undefined, name: string, repository: RepositoryId | undefined): boolean {
  if (repository === undefined) return false;
  const own = `${repository.host}/${repository.owner}/${repository.name}`;
  return own.toLowerCase() === `${host ?? repository.host}/${name}`.toLowerCase();
}
