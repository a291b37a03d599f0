import { describe, expect, it } from "vitest";
import { renderOutcome, terminalOptions } from "../../../src/publish/terminal.ts";
import { base, codeEvidence, coverage, finding, head, noModel, review, triage } from "./samples.ts";

const plain = { width: 80, color: false };

function sample() {
  const one = finding("1");
  one.evidence.unshift(codeEvidence("src/a.ts", "\tconst first = (page - 1) * size;", "near-copy", head));
  return review([one], {
    sheet: [
      { ...codeEvidence("CODEOWNERS", "* @ann", "owner"), why: "CODEOWNERS names ann for 1 of 1 changed file" },
      codeEvidence("src/x.ts", "x", "similar-code"),
    ],
    coverage: coverage([{ path: "dist/a.js", reason: "generated" }]),
    withheld: [{ about: "src/a.ts:3", text: "It is \u001b[31munrelated", reason: "not in the evidence" }],
    model: { ...noModel, name: "small-1b", note: "its words are not shown" },
  });
}

describe("an outcome on the terminal", () => {
  it("puts places first and shows what was withheld, without its escape sequences", () => {
    expect(renderOutcome(sample(), plain)).toMatchInlineSnapshot(`
      "Review of bbbbbbbbbbbb against aaaaaaaaaaaa: 1 finding

      src/a.ts:10-11  The same paging stands unchanged in \`listInvoices\`
          This hunk corrects the offset. \`listInvoices\` computes it as before.
          not changed there:
            const first = page * size;
            return rows.slice(first);
          src/invoices.ts:10-11@aaaaaaaaaaaa  9 of 10 lines alike

      Related to this change, lines as in aaaaaaaaaaaa
        Similar code
          src/x.ts:10  9 of 10 lines alike
        Who knows this code
          CODEOWNERS names ann for 1 of 1 changed file  CODEOWNERS:10

      Withheld (1)
          src/a.ts:3: not in the evidence: It is �[31munrelated

      Read 3 of 4 files, 5 of 5 hunks, 40 of 60 lines in 1.2 s
        not read: dist/a.js (generated)
      Model: small-1b (its words are not shown). Engram: aaaaaaaaaaaa
      "
    `);
  });

  it("sets a near-copy beside the change where there is room", () => {
    const wide = renderOutcome(sample(), { width: 104, color: false });

    expect(wide).toContain(
      [
        `    ${"changed here".padEnd(48)} │ not changed there`,
        `    ${"const first = (page - 1) * size;".padEnd(48)} │ const first = page * size;`,
        `    ${"".padEnd(48)} │ return rows.slice(first);`,
      ].join("\n"),
    );
  });

  it("shows a model's words as such, what would stand there instead, and what the linked issue asks for", () => {
    const found = finding("1", "src/a.ts", { kind: "model", writtenBy: "small-7b", replacement: "  return [];" });
    const met = { issue: 12, text: "Keep an empty page", evidence: [codeEvidence("src/a.ts", "x", "quoted", head)] };
    const points = [met, { issue: 12, text: "Tell the user", evidence: [] }];
    const shown = renderOutcome(review([found], { compliance: points }), plain);

    expect(shown).toContain("    In the words of small-7b.\n    instead:\n        return [];\n");
    expect(shown).toContain("What the linked issues ask for\n    #12  Keep an empty page\n      src/a.ts:10  ");
    expect(shown).toContain("    #12  Tell the user  nothing found in the change\n");
  });

  it("has colours only when asked", () => {
    expect(renderOutcome(sample(), plain)).not.toContain("\u001b");
    expect(renderOutcome(sample(), { ...plain, color: true })).toContain("\u001b[36msrc/a.ts:10-11\u001b[39m");
  });

  it("shows triage with the fix under its issue", () => {
    const issue = { kind: "issue", number: 4, title: "Off by one", state: "closed" } as const;
    const commit = { kind: "commit", commit: base, subject: "Round once" } as const;
    const outcome = triage({
      similar: [
        {
          issue: { kind: "similar-issue", citation: issue, score: 0.6, why: "same words", text: "" },
          fixes: [{ kind: "commit", citation: commit, score: 1, why: "closes it", text: "" }],
        },
      ],
    });

    expect(renderOutcome(outcome, plain)).toContain(
      "    #4  Off by one (closed)  same words\n      aaaaaaaaaaaa  Round once  closes it\n",
    );
    expect(renderOutcome(triage(), plain)).toContain("Nothing similar and no likely place found.");
  });

  it.each([
    ["a terminal", { isTTY: true, columns: 120 }, {}, { width: 120, color: true }],
    ["a pipe", {}, {}, { width: 80, color: false }],
    ["NO_COLOR", { isTTY: true, columns: 90 }, { NO_COLOR: "1" }, { width: 90, color: false }],
    ["a dumb terminal", { isTTY: true, columns: 90 }, { TERM: "dumb" }, { width: 90, color: false }],
  ])("fits %s", (_name, stream, env, options) => {
    expect(terminalOptions(stream, env)).toEqual(options);
  });
});
