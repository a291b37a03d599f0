import type { Anchor } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import type { Change } from "../../workspace/diff.ts";

/** The changed lines themselves as evidence, so that they can be shown beside what they are compared with. */
export function citeNewLines(change: Change, anchor: Anchor, why: string): Evidence | null {
  const file = change.files.find(({ path }) => path === anchor.path);
  const lines = (file?.hunks ?? [])
    .flatMap((hunk) => hunk.lines)
    .filter(({ newLine }) => newLine !== null && newLine >= anchor.startLine && newLine <= anchor.endLine);
  if (lines.length === 0) return null;
  const { path, startLine, endLine } = anchor;
  return {
    kind: "near-copy",
    citation: { kind: "code", path, startLine, endLine, commit: change.head },
    score: 1,
    why,
    text: lines.map(({ text }) => text).join("\n"),
  };
}
