import { describe, expect, it } from "vitest";
import type { DanglingReference } from "../../../src/retrieval/dangling/find-dangling-references.ts";
import type { Evidence } from "../../../src/retrieval/evidence.ts";
import type { NearCopies } from "../../../src/retrieval/near-copies.ts";
import { danglingFinding, nearCopyFinding } from "../../../src/tasks/review/findings.ts";
import type { Change } from "../../../src/workspace/diff.ts";

const change: Change = { base: "b", head: "h", files: [], unread: [] };
const anchor = { path: "src/a.ts", startLine: 3, endLine: 3, side: "RIGHT" } as const;

function evidence(path: string): Evidence {
  const citation = { kind: "code", path, startLine: 9, endLine: 9, commit: "c" } as const;
  return { kind: "near-copy", citation, score: 1, why: "", text: "raise(Old)" };
}

function copies(more: Partial<NearCopies>, ...paths: string[]): NearCopies {
  const copy = (path: string) => ({ evidence: evidence(path), similarity: 1, differences: [], renamed: [] });
  return { anchor, removed: ["a"], added: ["b"], removedWords: 3, copies: paths.map(copy), ...more };
}

const last = "If the reason for this change holds there too, it is needed there as well.";

describe("the words of a finding", () => {
  it.each<[string, NearCopies, string]>([
    ["lines", copies({}, "src/b.ts"), "What these lines replace still stands there, as it was before this change."],
    [
      "a line replaced again and again",
      copies({ repeated: 3 }, "src/b.ts"),
      "This change replaces this line in 3 places; there it still stands as it was.",
    ],
    [
      "lines replaced again and again",
      copies({ repeated: 2, removed: ["a", "b"] }, "src/b.ts"),
      "This change replaces these lines in 2 places; there they still stand as they were.",
    ],
    [
      "words replaced again and again",
      copies({ repeated: 4, renaming: { old: "Old", now: "New" } }, "src/b.ts"),
      "This change puts `New` for `Old` on 4 lines; there `Old` still stands.",
    ],
  ])("say what is left of %s, and name its place once", (_, found, body) => {
    expect(nearCopyFinding(found, change)).toMatchObject({
      title: "Changed here, but not in `src/b.ts:9`",
      body: `${body} ${last}`,
    });
  });

  it.each<[DanglingReference["kindOfChange"], number, string]>([
    ["removed", 1, "This was the last definition of `old` in the tree."],
    ["removed", 2, "This was the last definition of `old` in the tree. 1 more place uses it, too."],
    ["unbound", 3, "Nothing in this file defines or imports `old` any more. 2 more places use it, too."],
    ["member", 1, "The class `Shop` does not have `old` any more."],
    ["signature", 1, "The call there fits the signature that it had before this change."],
    ["signature", 3, "The call there fits the signature that it had before this change. So do 2 more calls."],
  ])("say why a name is gone (%s, %i uses), and name the first use once", (kindOfChange, referenceCount, body) => {
    const found = { name: "old", owner: "Shop", kindOfChange, removedAt: anchor, anchor, referenceCount };
    const draft = danglingFinding({ ...found, references: [evidence("src/b.ts")] }, change);
    expect(draft?.title).toContain("`src/b.ts:9`");
    expect(draft?.body).toBe(body);
  });
});
