import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { summaryComment } from "../../../src/publish/markdown/summary-comment.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { expectedPoints } from "../../../src/tasks/review/compliance/expected-points.ts";
import { reviewChange } from "../../../src/tasks/review/review-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { reviewInputOf } from "../../helpers/review-scene.ts";

describe("expectedPoints", () => {
  it("takes boxes, and items under headings that speak of what is expected", () => {
    const body = [
      "## Steps to reproduce",
      "1. Open the page",
      "2. Press `Save`",
      "### Expected behavior",
      "- The form keeps its text",
      "* A message tells why",
      "**Actual behavior**",
      "- The form is empty",
      "What should change:",
      "1. Retry twice",
      "## Checklist",
      "- [x] I have searched for duplicates",
      "- [ ] Add `maxRetries`",
      "```",
      "- [ ] not this one",
      "```",
      "<!--",
      "- [ ] nor this",
      "-->",
    ].join("\r\n");
    expect(expectedPoints(body)).toEqual([
      "The form keeps its text",
      "A message tells why",
      "Retry twice",
      "Add `maxRetries`",
    ]);
  });

  it("takes nothing where nothing is listed", () => {
    expect(expectedPoints("It fails.\n\n- node 20\n- npm 10\n")).toEqual([]);
    expect(expectedPoints("")).toEqual([]);
  });

  it("reads no more than a sensible issue holds", () => {
    expect(expectedPoints("- [ ] one\n".repeat(100_000))).toEqual(["one"]);
    expect(expectedPoints(Array.from({ length: 100 }, (_, at) => `- [ ] point ${at}`).join("\n"))).toHaveLength(12);
  });
});

let repository: TestRepository;
beforeEach(() => {
  repository = createRepository();
  repository.write(
    "src/request.ts",
    "export function send(url: string) {\n  return fetch(url);\n}\n\nexport const legacyTimeout = 3;\n",
  );
  repository.commit("Begin");
  repository.git("switch", "-q", "-c", "feature");
  repository.write(
    "src/request.ts",
    "export function send(url: string, maxRetries = 2) {\n  // wait longer after each failed attempt\n  return retry(() => fetch(url), maxRetries);\n}\n",
  );
  repository.write("test/request.test.ts", "it('sends', () => {});\n");
  repository.commit("Retry");
});
afterEach(() => repository.dispose());

const points = [
  "- [ ] `send` takes `maxRetries`",
  "- [ ] Wait longer after each failed attempt",
  "- [ ] Remove `legacyTimeout`",
  "- [ ] The dashboard shows a histogram of latencies",
  "- [ ] Add tests",
  "- [ ] Fix it",
];
const issue = { number: 12, title: "Retries", body: points.join("\n"), state: "open" } as const;

describe("what a linked issue asks for", () => {
  it("is held against the lines that have to do with it, and nothing is invented", async () => {
    const outcome = await reviewChange(await reviewInputOf(repository, { linkedIssues: [issue] }), "");
    const told = outcome.compliance?.map(({ text, evidence }) => [
      text,
      ...evidence.map(({ citation, why }) => [
        citation.kind === "code" ? `${citation.path}:${citation.startLine}` : "",
        why,
      ]),
    ]);
    expect(told).toEqual([
      ["`send` takes `maxRetries`", ["src/request.ts:1", "has `send`, `maxRetries`"]],
      [
        "Wait longer after each failed attempt",
        ["src/request.ts:1", "has its words wait, longer, each, failed, attempt"],
      ],
      ["Remove `legacyTimeout`", ["src/request.ts:4", "has `legacyTimeout`; taken out"]],
      ["The dashboard shows a histogram of latencies"],
      ["Add tests", ["test/request.test.ts:1", "the point asks for such a file"]],
    ]);
    const evidence = outcome.compliance?.flatMap((one) => one.evidence) ?? [];
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
    expect(outcome.sheet[0]).toMatchObject({ kind: "linked-issue", citation: { number: 12, title: "Retries" } });

    const page = summaryComment({ host: "github.com", owner: "o", name: "r" }, outcome, {
      inline: [],
      refused: [],
      addressed: 0,
    });
    expect(page).toContain(
      "<details><summary>What the linked issue asks for: 4 of 5 points found in the change</summary>",
    );
    expect(page).toContain("- The dashboard shows a histogram of latencies: nothing found in the change");
    expect(page).toMatch(/- Remove `legacyTimeout`\n {2}- \[`src\/request.ts#L4-L5`\]/);
  });

  it("is absent where no issue is linked, or none lists anything", async () => {
    const none = await reviewChange(await reviewInputOf(repository), "");
    const plain = await reviewChange(
      await reviewInputOf(repository, { linkedIssues: [{ ...issue, body: "It fails." }] }),
      "",
    );
    expect([none.compliance, plain.compliance]).toEqual([undefined, undefined]);
    expect(plain.sheet.map(({ kind }) => kind)).toContain("linked-issue");
  });
});
