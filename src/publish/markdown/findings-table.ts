import type { RepositoryId } from "../../shared/repository.ts";
import { findingKinds } from "../finding-kinds.ts";
import type { Finding } from "../outcome.ts";
import type { Group } from "./body.ts";
import { codeSpan } from "./escape.ts";
import { findingPlace, findingTitle } from "./finding-comment.ts";
import { link } from "./links.ts";

export interface ListedFinding {
  finding: Finding;
  /** Page of its comment on the lines; null where it has none, or the page is not known yet. */
  url: string | null;
}

/** One row a finding, in the order of the outcome. */
export function findingsTable(repository: RepositoryId, listed: readonly ListedFinding[], head: string): Group {
  const rows = listed.map(({ finding, url }) => {
    const cells = [
      listedPlace(repository, { finding, url }, head),
      findingTitle(finding),
      findingKinds[finding.kind].name,
      codeSpan(shortFindingId(finding.id)),
    ];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  return { before: "| Where | What | | Id |\n| --- | --- | --- | --- |\n", pieces: rows, after: "", between: "\n" };
}

/** As many digits as tell the findings of one pull request apart; `/assistant ignore` takes them. */
export function shortFindingId(id: string): string {
  return id.slice(0, 8);
}

/** Where a finding is said: its comment, or else its lines. */
export function listedPlace(repository: RepositoryId, { finding, url }: ListedFinding, head: string): string {
  const { anchor } = finding;
  if (url && anchor) return link(codeSpan(`${anchor.path}:${anchor.startLine}`), url);
  return findingPlace(repository, finding, head);
}

/** A table is cut into cells before anything else is read, code spans too. */
function cell(markdown: string): string {
  return markdown.replace(/(?<!\\)\|/g, "\\|");
}
