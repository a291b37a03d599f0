import { describe, expect, it } from "vitest";
import { composeBody, details, list } from "../../../src/publish/markdown/body.ts";
import { findingComment } from "../../../src/publish/markdown/finding-comment.ts";
import { summaryComment } from "../../../src/publish/markdown/summary-comment.ts";
import { parseMarker } from "../../../src/publish/marker.ts";
import { limits } from "../../../src/shared/limits.ts";
import { codeEvidence, coverage, finding, head, repository, review } from "./samples.ts";

const marker = { kind: "summary" } as const;
const markerText = "<!-- engram-assistant:v1 summary -->";

describe("a body", () => {
  it("has no frame around nothing", () => {
    expect(composeBody(["Top.", list([], "Heading\n"), details("Folded", [list([])])], marker)).toBe(
      `Top.\n\n${markerText}`,
    );
  });

  it("leaves out whole entries from the end, says how many, and keeps what stands outside of groups", () => {
    const entry = "x".repeat(limits.bodyCharacters / 4);

    const body = composeBody(
      ["Top.", list([`1${entry}`, `2${entry}`]), details("Folded", [`3${entry}`, `4${entry}`])],
      marker,
    );

    expect(body.length).toBeLessThanOrEqual(limits.bodyCharacters);
    expect(body).toBe(
      `Top.\n\n1${entry}\n2${entry}\n\n<details><summary>Folded</summary>\n\n3${entry}\n\n</details>\n\n` +
        `1 entry is left out to stay within GitHub's limit.\n\n${markerText}`,
    );
  });

  it("drops a group whose entries are all left out", () => {
    const long = "x".repeat(limits.bodyCharacters);

    expect(composeBody(["Top.", details("Folded", [long])], marker)).toBe(
      `Top.\n\n1 entry is left out to stay within GitHub's limit.\n\n${markerText}`,
    );
  });
});

describe("GitHub's limit of 65,536 characters", () => {
  const long = `${"<&>".repeat(1600)}\n`.repeat(20);

  it("holds for a comment with the longest of everything", () => {
    const one = finding("1", `src/${"d/".repeat(2000)}a.ts`, {
      title: "<".repeat(10_000),
      body: `${long}\n\n\`\`\`\n${long}\n\`\`\``,
      evidence: Array.from({ length: 9 }, () => codeEvidence(`src/${"<".repeat(4000)}`, long)),
    });

    const body = findingComment(repository, one, head);

    expect(body.length).toBeLessThanOrEqual(limits.bodyCharacters);
    expect(body).toMatch(/entries are left out/);
    expect(parseMarker(body)).toMatchObject({ kind: "finding" });
    expect(body.match(/^```/gm)?.length ?? 0).toSatisfy((fences: number) => fences % 2 === 0);
  });

  it("holds for the summary, where coverage outlives the sheet", () => {
    const sheet = Array.from({ length: 400 }, () => codeEvidence(`src/${"x".repeat(200)}.ts`, "x", "similar-code"));
    const unread = Array.from({ length: 30 }, (_, index) => ({ path: `dist/${index}.js`, reason: "generated" }));
    const outcome = review([], { sheet, coverage: coverage(unread) });

    const body = summaryComment(repository, outcome, { inline: [], refused: [], addressed: 0 });

    expect(body.length).toBeLessThanOrEqual(limits.bodyCharacters);
    expect(body).toContain("- Not read: `dist/19.js`: generated\n- Not read: 10 more files\n\n</details>");
    expect(body).toMatch(/\n\d+ entries are left out to stay/);
  });
});
