import type { RepositoryConfig } from "../../config/repository-config.ts";
import type { Finding, FindingKind } from "../../publish/outcome.ts";
import type { Draft } from "./findings.ts";

/** What breaks comes before what may break, and that before what was perhaps forgotten. */
const kindOrder: FindingKind[] = ["dangling-reference", "near-copy", "companion"];

/**
 * Gives each finding its place: on its lines where the maintainer lets this kind stand there and it has lines, up to the
 * configured number of comments; in the summary otherwise. Most serious first, then by path and line.
 */
export function placeFindings(drafts: Draft[], config: RepositoryConfig["review"]): Finding[] {
  const ordered = [...drafts].sort(
    (a, b) =>
      kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) ||
      compare(a.anchor?.path ?? "", b.anchor?.path ?? "") ||
      (a.anchor?.startLine ?? 0) - (b.anchor?.startLine ?? 0),
  );
  let inline = 0;
  return ordered.map((draft) => {
    const fits = draft.anchor !== null && config.inline.includes(draft.kind) && inline < config.max_comments;
    if (fits) inline++;
    return { ...draft, placement: fits ? "inline" : "summary" };
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
