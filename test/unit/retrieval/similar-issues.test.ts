import { describe, expect, it } from "vitest";
import { openIssueIndex } from "../../../src/retrieval/issue-index.ts";
import { findSimilarIssues, type PastIssue } from "../../../src/retrieval/similar-issues.ts";

describe("findSimilarIssues", () => {
  const issue = (number: number, title: string, body = ""): PastIssue => ({ number, title, body, state: "closed" });
  const template = "### Describe the bug\n\n- [ ] I searched for duplicates\n<!-- Be precise about versions -->\n\n";
  const past = [
    issue(1, "Login fails with expired tokens", "After a day the session token is refused."),
    issue(2, "Dark mode flickers", `${template}The theme flickers.`),
    issue(3, "Crash on export", `${template}Exporting a report crashes.`),
    issue(4, "Token expires too early", "The login session ends."),
  ];

  it("ranks by shared words, plurals and singulars alike, and quotes them", () => {
    const found = findSimilarIssues(
      { number: 9, title: "Expired token breaks logins", body: "" },
      openIssueIndex(past),
      { k: 5 },
    );

    expect(found[0]?.issue.number).toBe(1);
    expect(found[0]?.evidence).toMatchObject({ text: past[0]?.title, citation: { kind: "issue", number: 1 } });
    expect(found[0]?.evidence.why).toMatch(/shared words: .*token/);
    expect(found.map((similar) => similar.issue.number)).not.toContain(2);
  });

  it("does not take a template for likeness, nor a word in the text for one in the title", () => {
    const found = findSimilarIssues({ title: "Upload stalls", body: template }, openIssueIndex(past.slice(2, 4)), {
      k: 5,
    });
    const byTitle = findSimilarIssues(
      { title: "Upload of pictures stalls", body: "" },
      openIssueIndex([
        issue(1, "Upload of pictures", "It takes an hour"),
        issue(2, "It takes an hour", "Upload of pictures"),
      ]),
      { k: 5 },
    );

    expect(byTitle.map((similar) => similar.issue.number)).toEqual([1, 2]);
    expect(byTitle[0]?.evidence.score).toBeGreaterThan(2 * (byTitle[1]?.evidence.score ?? 1));
    expect(found).toEqual([]);
  });

  it("leaves out the issue itself, and later ones where asked", () => {
    const query = { ...past[3], title: "Token expires too early", body: "The login session ends." };

    expect(findSimilarIssues(query, openIssueIndex(past), { k: 5 }).map((similar) => similar.issue.number)).toEqual([
      1,
    ]);
    expect(
      findSimilarIssues({ title: "Login token expired", body: "" }, openIssueIndex(past), { k: 5, before: 2 }),
    ).toHaveLength(1);
    expect(
      findSimilarIssues({ title: "Login token expired", body: "" }, openIssueIndex(past), { k: 5, before: 1 }),
    ).toEqual([]);
  });

  it("says how they ended, and what was still open at a time", () => {
    const closed = { state: "closed", createdAt: "2024-01-01T00:00:00Z", closedAt: "2024-02-01T00:00:00Z" } as const;
    const index = openIssueIndex([
      { ...issue(1, "Token expires"), ...closed, stateReason: "not_planned" as const },
      { ...issue(2, "Token expires twice"), createdAt: "2024-03-01T00:00:00Z" },
    ]);
    const ask = (at?: string) =>
      findSimilarIssues({ title: "Token expires", body: "" }, index, { k: 5, at }).map(({ evidence }) => evidence);

    expect(ask().map(({ citation }) => citation)).toMatchObject([{ number: 1, state: "closed" }, { number: 2 }]);
    expect(ask()[0]?.why).toMatch(/; closed as not planned$/);
    const [early, ...later] = ask("2024-01-15T00:00:00Z");
    expect(later).toEqual([]);
    expect(early).toMatchObject({ citation: { number: 1, state: "open" } });
    expect(early?.why).not.toContain("closed");
    expect(ask("2023-01-01T00:00:00Z")).toEqual([]);
  });

  it("names what means the same in other words, where an encoder says so, and asks for more than by words alone", () => {
    const meanings: Record<number, number> = { 1: 0.9, 2: 0.75, 3: 0.2, 4: 0.9 };
    const meaning = { cosineOf: (number: number) => meanings[number] ?? null };
    const ask = { number: 9, title: "Thrown out at midnight", body: "" };
    const found = findSimilarIssues(ask, openIssueIndex(past), { k: 5, meaning });

    expect(found.map((similar) => similar.issue.number)).toEqual([4, 1]);
    expect(found[0]?.evidence).toMatchObject({ score: 0.45, why: "similarity 0.45; said in other words" });
    expect(findSimilarIssues(ask, openIssueIndex(past), { k: 5 })).toEqual([]);

    // Beside what says the same, the others say little.
    const same = { number: 9, title: past[0]?.title ?? "", body: past[0]?.body ?? "" };
    const nearest = findSimilarIssues(same, openIssueIndex(past), { k: 5, meaning });
    expect(nearest.map((similar) => similar.issue.number)).toEqual([1]);
  });

  it.each([
    ["an empty title and body", "", ""],
    ["no known word", "Zzyzx qwfpgj", ""],
    ["only words that say nothing", "When does this with that", ""],
    ["signs only", "!!! ???", "🙂 🙂 ."],
    ["a template and nothing else", "", template],
  ])("is silent about %s", (_, title, body) => {
    const index = openIssueIndex([...past, issue(5, "When does this"), issue(6, "")]);

    expect(findSimilarIssues({ title, body }, index, { k: 5 })).toEqual([]);
  });

  it("finds nothing in nothing, and copes with the longest bodies", () => {
    const long = "stack frame 0x7f ".repeat(4_000).slice(0, 65_000);

    expect(findSimilarIssues({ title: "Login", body: "" }, openIssueIndex<PastIssue>([]), { k: 5 })).toEqual([]);
    const index = openIssueIndex([
      ...past,
      issue(5, "Long", long),
      issue(6, "<!--".repeat(16_000), "<!--".repeat(16_000)),
    ]);
    expect(findSimilarIssues({ title: "Long", body: long }, index, { k: 1 })[0]?.issue.number).toBe(5);
  });
});
