import { describe, expect, it } from "vitest";
import { addressedComment, findingComment } from "../../../src/publish/markdown/finding-comment.ts";
import { summaryComment } from "../../../src/publish/markdown/summary-comment.ts";
import { isEmptyTriage, readClosing, triageComment } from "../../../src/publish/markdown/triage-comment.ts";
import type { ChangedFile } from "../../../src/publish/outcome.ts";
import { codeLink } from "../../../src/publish/markdown/links.ts";
import { limits } from "../../../src/shared/limits.ts";
import type { Evidence } from "../../../src/retrieval/evidence.ts";
import { base, codeEvidence, coverage, finding, head, noModel, repository, review, triage } from "./samples.ts";

const fixed: Evidence = {
  kind: "commit",
  citation: { kind: "commit", commit: head, subject: "Round totals once (#5)" },
  score: 1,
  why: "its message closes the issue",
  text: "Round totals once (#5)",
};

describe("the comment on a line", () => {
  it("says what, shows both sides, and cites", () => {
    const here = codeEvidence("src/a.ts", "const first = (page - 1) * size;", "near-copy", head);
    const one = finding("1", "src/a.ts");
    one.evidence.unshift(here);

    expect(findingComment(repository, one, head)).toMatchInlineSnapshot(`
      "**The same paging stands unchanged in \`listInvoices\`**

      This hunk corrects the offset. \`listInvoices\` computes it as before.

      Changed here, [\`src/a.ts#L10\`](https://github.com/acme/shop/blob/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/src/a.ts#L10):

      \`\`\`ts
      const first = (page - 1) * size;
      \`\`\`

      Not changed there, [\`src/invoices.ts#L10-L11\`](https://github.com/acme/shop/blob/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/src/invoices.ts#L10-L11), 9 of 10 lines alike:

      \`\`\`ts
      const first = page * size;
      return rows.slice(first);
      \`\`\`

      <!-- engram-assistant:v1 finding=0000000000000001 head=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb -->"
    `);
  });

  it("quotes no more than the configured lines, and says so", () => {
    const text = Array.from({ length: limits.quotedLines + 5 }, (_, line) => `line ${line}`).join("\n");

    const body = findingComment(repository, finding("1", "src/a.ts", { evidence: [codeEvidence("b.py", text)] }), head);

    expect(body).toContain("(20 of 25 lines), 9 of 10 lines alike:\n\n```py\nline 0\n");
    expect(body).toContain("line 19\n```");
  });

  it("is folded once addressed, with the commit that did it", () => {
    const one = finding("1");
    const comment = findingComment(repository, one, base);

    const addressed = addressedComment(repository, comment, { id: one.id, head: base }, head);

    expect(addressed).toBe(
      `Addressed in [\`bbbbbbb\`](https://github.com/acme/shop/commit/${head}).\n\n` +
        `<details><summary>What stood here</summary>\n\n${comment.slice(0, comment.lastIndexOf("\n\n<!--"))}\n\n</details>\n\n` +
        `<!-- engram-assistant:v1 finding=0000000000000001 head=${base} state=addressed -->`,
    );
  });
});

describe("the summary", () => {
  it("says what was found, where it stands, what was read and what was withheld", () => {
    const onLine = finding("1");
    const refused = finding("2", "src/b.ts", { title: "Refused" });
    const note = finding("3", "docs/api.md", { kind: "companion", placement: "summary", title: "Note", anchor: null });
    const outcome = review([onLine, refused, note], {
      sheet: [
        codeEvidence("src/x.ts", "x", "similar-code"),
        fixed,
        { ...fixed, kind: "owner", why: "Ann wrote 2 of 3" },
      ],
      coverage: coverage([{ path: "dist/a_b.js", reason: "generated" }]),
      withheld: ["foo", "bar"].map((word) => ({ about: "src/a.ts", text: "secret", reason: `"${word}" is not in it` })),
      model: { ...noModel, name: "small-1b", note: "its words are not shown" },
    });

    const body = summaryComment(repository, outcome, {
      inline: [{ finding: onLine, url: "https://github.com/acme/shop/pull/7#discussion_r1" }],
      refused: [refused],
      addressed: 1,
    });

    expect(body).toMatchInlineSnapshot(`
      "Review of [\`bbbbbbb\`](https://github.com/acme/shop/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb): 1 comment on lines, 2 notes below. 1 earlier comment is addressed.

      - [\`src/a.ts:10\`](https://github.com/acme/shop/pull/7#discussion_r1): **The same paging stands unchanged in \`listInvoices\`**

      **Refused** in [\`src/b.ts#L10-L11\`](https://github.com/acme/shop/blob/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/src/b.ts#L10-L11)

      This hunk corrects the offset. \`listInvoices\` computes it as before.

      Not changed there, [\`src/invoices.ts#L10-L11\`](https://github.com/acme/shop/blob/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/src/invoices.ts#L10-L11), 9 of 10 lines alike:

      \`\`\`ts
      const first = page * size;
      return rows.slice(first);
      \`\`\`

      <sub>Not wanted here? \`/assistant ignore 00000000\`</sub>

      **Note**

      This hunk corrects the offset. \`listInvoices\` computes it as before.

      Evidence:
      - [\`src/invoices.ts#L10-L11\`](https://github.com/acme/shop/blob/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/src/invoices.ts#L10-L11): 9 of 10 lines alike

      <sub>Not wanted here? \`/assistant ignore 00000000\`</sub>

      <details><summary>Read 3 of 4 files, 5 of 5 hunks, 40 of 60 lines</summary>

      - Engram: [\`aaaaaaa\`](https://github.com/acme/shop/commit/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)
      - Model: \`small-1b\` (its words are not shown)
      - Withheld: 2 (… is not in it ×2)
      - Not read: \`dist/a_b.js\`: generated

      </details>

      <details><summary>Related to this change: similar code (1), commits that shaped these lines (1), who knows this code (1)</summary>

      **Similar code**

      - [\`src/x.ts#L10\`](https://github.com/acme/shop/blob/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/src/x.ts#L10): 9 of 10 lines alike

      **Commits that shaped these lines**

      - [\`bbbbbbb\`](https://github.com/acme/shop/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb) Round totals once (#​5): its message closes the issue

      **Who knows this code**

      - Ann wrote 2 of 3 ([\`bbbbbbb\`](https://github.com/acme/shop/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb) Round totals once (#​5))

      </details>

      <!-- engram-assistant:v1 summary -->"
    `);
    expect(body).not.toMatch(/secret|foo|bar/);
  });

  it("is short when there is nothing to say", () => {
    const body = summaryComment(repository, review([]), { inline: [], refused: [], addressed: 0 });

    expect(body).toMatchInlineSnapshot(`
      "Review of [\`bbbbbbb\`](https://github.com/acme/shop/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb): no findings.

      <details><summary>Read 3 of 3 files, 5 of 5 hunks, 40 of 60 lines</summary>

      - Engram: [\`aaaaaaa\`](https://github.com/acme/shop/commit/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)
      - Model: none

      </details>

      <!-- engram-assistant:v1 summary -->"
    `);
  });

  it("shows limited notes, counts the rest, and never hides what a line refused", () => {
    const notes = ["4", "5", "6", "7", "8"].map((id) =>
      finding(id, "a.ts", { placement: "summary", title: `Note ${id}` }),
    );
    const refused = finding("9", "a.ts", { title: "Refused 9" });

    const body = summaryComment(repository, review([...notes, refused]), {
      inline: [],
      refused: [refused],
      addressed: 0,
    });

    expect(body).toContain("4 notes below, 2 more not shown.");
    const inFull = body.slice(body.indexOf("**Refused 9** in"));
    expect(inFull.match(/Note \d|Refused \d/g)).toEqual(["Refused 9", "Note 4", "Note 5", "Note 6"]);
  });

  it("lists more than three findings in a table, in their order, whatever a path has in it", () => {
    const [one, two, three] = ["1", "2", "3"].map((id) => finding(id, "src/a.ts", { title: `On line ${id}` }));
    const note = finding("4", "src/p|q.ts", { kind: "secret", placement: "summary", title: "a | b" });
    if (!one || !two || !three) throw new Error("no findings");
    const inline = [one, two, three].map((each) => ({ finding: each, url: "https://github.com/acme/shop/pull/7#d1" }));
    const standing = { inline, refused: [], addressed: 0 };

    expect(summaryComment(repository, review([one, two, three]), standing)).not.toContain("| --- |");
    const body = summaryComment(repository, review([note, one, two, three]), standing);

    expect(body.match(/^\|.*$/gm)).toEqual([
      "| Where | What | | Id |",
      "| --- | --- | --- | --- |",
      expect.stringMatching(/^\| \[`src\/p\\\|q\.ts#L10-L11`\]\(.*\) \| \*\*a \\\| b\*\* \| Secret \| `00000000` \|$/),
      ...["1", "2", "3"].map(
        (id) =>
          `| [\`src/a.ts:10\`](https://github.com/acme/shop/pull/7#d1) | **On line ${id}** | Changed here, not there | \`00000000\` |`,
      ),
    ]);
    expect(body).not.toContain("- [`src/a.ts:10`]");
  });

  it("tells what changed by folder, the largest first, and counts what it does not name", () => {
    const file = (path: string, added: number, changes: Partial<ChangedFile> = {}): ChangedFile => {
      return { path, oldPath: path, status: "modified", added, removed: 1, ...changes };
    };
    const files = [
      file("README.md", 1),
      file("src/a.ts", 3),
      file("src/new.ts", 40, { status: "added", removed: 0 }),
      file("src/b.ts", 0, { status: "renamed", oldPath: "lib/b.ts" }),
      file("src/gone.ts", 0, { status: "deleted", removed: 9 }),
      ...Array.from({ length: limits.walkthroughFiles + 2 }, (_, index) => file(`many/${index}.ts`, 1)),
    ];
    const standing = { inline: [], refused: [], addressed: 0 };

    const body = summaryComment(repository, review([], { files }), standing);

    const [, told] = /<details><summary>What changed: ([^]*?)<\/details>/.exec(body) ?? [];
    expect(told?.trim().split("\n")).toEqual([
      "15 files, +54 −22</summary>",
      "",
      "- `src/`: `new.ts` new, +40, `gone.ts` deleted, `a.ts` +3 −1, `b.ts` +0 −1 (was `lib/b.ts`)",
      expect.stringMatching(/^- `many\/`: (`\d\.ts` \+1 −1, ){8}2 more$/),
      "- `./`: `README.md` +1 −1",
    ]);
    expect(summaryComment(repository, review([], { files: files.slice(0, 1) }), standing)).not.toContain(
      "What changed",
    );
    const folders = Array.from({ length: limits.walkthroughFolders + 3 }, (_, index) => file(`d${index}/x.ts`, 1));
    expect(summaryComment(repository, review([], { files: folders }), standing)).toContain(
      "\n- elsewhere: 3 files, +3 −3\n",
    );
  });

  it("counts what is withheld because its like was turned down, and says where", () => {
    const turnedDown = [412, 398, 412, 7, 5].map((number, index) => ({
      about: "src/a.ts:10",
      text: "What would have been said",
      reason: "one like it was turned down here",
      dismissed: { id: `${index}`.padStart(16, "0"), pull: number },
    }));
    const body = (count: number): string =>
      summaryComment(repository, review([], { withheld: turnedDown.slice(0, count) }), {
        inline: [],
        refused: [],
        addressed: 0,
      });

    expect(body(1)).toContain("1 finding is withheld, like one turned down in [#412](");
    expect(body(5)).toMatch(
      /no findings\. 5 findings are withheld, like those turned down in \[#412\]\(.*\/412\), \[#398\]\(.*\), \[#7\]\(.*\) and others\./,
    );
    expect(body(1)).toContain("`/assistant review --all` shows what was turned down, too");
    expect(body(0)).not.toContain("--all");
    expect(body(5)).not.toContain("What would have been said");
  });

  it("does not change with the time a run took", () => {
    const standing = { inline: [], refused: [], addressed: 0 };
    const slow = review([], { coverage: { ...coverage(), ms: 99_000 }, model: { ...noModel, ms: 5000 } });

    expect(summaryComment(repository, slow, standing)).toBe(summaryComment(repository, review([]), standing));
  });
});

describe("the triage comment", () => {
  const issue: Evidence = {
    kind: "similar-issue",
    citation: { kind: "issue", number: 4, title: "Total off by one cent", state: "closed" },
    score: 0.61,
    why: "shares `total` and `cent`",
    text: "Total off by one cent",
  };

  it("names similar issues with their fix, and suspect lines", () => {
    const suspects = [codeEvidence("src/total.ts", "a\nb", "suspect")];

    expect(triageComment(repository, triage({ similar: [{ issue, fixes: [fixed] }], suspects })))
      .toMatchInlineSnapshot(`
      "**Similar issues**

      - [#4](https://github.com/acme/shop/issues/4) Total off by one cent (closed): shares \`total\` and \`cent\`
        - [\`bbbbbbb\`](https://github.com/acme/shop/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb) Round totals once (#​5): its message closes the issue

      **Where to look**

      - [\`src/total.ts#L10-L11\`](https://github.com/acme/shop/blob/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/src/total.ts#L10-L11): 9 of 10 lines alike

      <sub>Engram: [\`aaaaaaa\`](https://github.com/acme/shop/commit/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) · Model: none</sub>

      <!-- engram-assistant:v1 triage -->"
    `);
  });

  it("tells duplicates of open issues from those of closed ones, and both from what is like it", () => {
    const open: Evidence = { ...issue, citation: { kind: "issue", number: 3, title: "Open", state: "open" } };
    const similar = [
      { grade: "related" as const, issue, fixes: [] },
      { grade: "duplicate" as const, issue, fixes: [fixed] },
      { grade: "duplicate" as const, issue: open, fixes: [] },
    ];
    expect(triageComment(repository, triage({ similar })).match(/^\*\*.*|^- \[#\d+\]/gm)).toEqual([
      "**May be a duplicate of**",
      "- [#3]",
      "**May be a duplicate of a closed issue**",
      "- [#4]",
      "**Similar issues**",
      "- [#4]",
    ]);
  });

  it("names what may help, what is missing and which labels fit, each with what bears it out", () => {
    const label = { name: "area: money", confidence: 0.924, apply: true, evidence: [issue] };
    const comment = triageComment(
      repository,
      triage({
        advice: [
          { text: "See whether the version has that change.", evidence: [fixed] },
          { text: "Rounding comes too early.", evidence: [issue], writtenBy: "smol" },
        ],
        missing: Array.from({ length: limits.missingShown + 2 }, (_, at) => `\`Field ${at}\` is required.`),
        labels: [
          label,
          { ...label, name: "bug", apply: false },
          { ...label, name: "`<b>`", confidence: null, apply: false, writtenBy: "smol" },
        ],
      }),
    );

    expect(comment.split("\n\n").slice(0, -2).join("\n\n")).toMatchInlineSnapshot(`
      "**What may help**

      - See whether the version has that change ([\`bbbbbbb\`](https://github.com/acme/shop/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)).
      - Rounding comes too early ([#4](https://github.com/acme/shop/issues/4); worded by \`smol\`).

      **What the template asks for and is missing**

      - \`Field 0\` is required.
      - \`Field 1\` is required.
      - \`Field 2\` is required.
      - \`Field 3\` is required.
      - \`Field 4\` is required.
      - \`Field 5\` is required.
      - 2 more

      **Labels added** (take one off, and it stays off)

      - \`area: money\`: right at least 92 times in 100 here lately; as on [#4](https://github.com/acme/shop/issues/4)

      **Labels that may fit**

      - \`bug\`: right at least 92 times in 100 here lately; as on [#4](https://github.com/acme/shop/issues/4)
      - \`\` \`<b>\` \`\`: chosen by \`smol\`, which was not measured here; as on [#4](https://github.com/acme/shop/issues/4)"
    `);
  });

  it("announces what is closed and when, so that it can be read back", () => {
    const similar = [{ grade: "duplicate" as const, issue, fixes: [] }];
    const closing = { target: 3, days: 7 };

    expect(readClosing(triageComment(repository, triage({ similar, closing })))).toEqual(closing);
    expect(readClosing(triageComment(repository, triage({ similar })))).toBeNull();
    const said = "If nobody objects within 7 days, this is closed as a duplicate of [#3](x)";
    expect(readClosing(triageComment(repository, triage({ missing: [said, `x\n${said}`] })))).toBeNull();
  });

  it("says so when nothing was found", () => {
    expect(triageComment(repository, triage())).toMatch(/^No similar issue and no likely place/);
  });

  it("is worth writing unasked for all but a label that was put on the issue", () => {
    const label = { name: "bug", confidence: 0.9, evidence: [issue] };
    expect(isEmptyTriage(triage())).toBe(true);
    expect(isEmptyTriage(triage({ labels: [{ ...label, apply: true }] }))).toBe(true);
    expect(isEmptyTriage(triage({ labels: [{ ...label, apply: false }] }))).toBe(false);
    expect(isEmptyTriage(triage({ missing: ["`Version` is required."] }))).toBe(false);
  });
});

describe("links", () => {
  it("survive any path", () => {
    expect(codeLink(repository, head, "a b/[x](y)#?%`.ts", 3, 3)).toBe(
      `[\`\`a b/[x](y)#?%\`.ts#L3\`\`](https://github.com/acme/shop/blob/${head}/a%20b/%5Bx%5D%28y%29%23%3F%25%60.ts#L3)`,
    );
  });

  it("are plain text for a clone without a host", () => {
    expect(codeLink({ host: "local", owner: "local", name: "shop" }, head, "a.ts", 1, 2)).toBe("`a.ts#L1-L2`");
  });
});
