import { describe, expect, it } from "vitest";
import type { StoredReviewComment } from "../../../src/publish/comment-api.ts";
import { formatMarker, parseMarker } from "../../../src/publish/marker.ts";
import { addressedComment, findingComment } from "../../../src/publish/markdown/finding-comment.ts";
import { summaryComment } from "../../../src/publish/markdown/summary-comment.ts";
import type { Finding, ModelReport } from "../../../src/publish/outcome.ts";
import { type FindingComment, planReview } from "../../../src/publish/plan-review.ts";
import { codeEvidence, coverage, finding, head, noModel, repository, review } from "./samples.ts";

const quoted = { ...codeEvidence("src/a.ts", "  return all;\n}", "quoted", head), score: 0.874 };

function modelFinding(changes: Partial<Finding> = {}): Finding {
  return finding("1", "src/a.ts", {
    kind: "model",
    title: "An empty list is divided by zero.",
    body: "A bug, severity high: With no rows the mean is NaN.",
    severity: "high",
    concern: "bug",
    writtenBy: "small-7b",
    replacement: "  return all.slice(1);\n}",
    evidence: [quoted],
    ...changes,
  });
}

describe("the comment of a model's finding", () => {
  it("says who found it and how sure it is, and offers its replacement to be committed", () => {
    expect(findingComment(repository, modelFinding(), head)).toMatchInlineSnapshot(`
      "**An empty list is divided by zero.**

      A bug, severity high: With no rows the mean is NaN.

      _Found by \`small-7b\`, a language model, which stood by it when asked again, 87 % sure of it._

      \`\`\`suggestion
        return all.slice(1);
      }
      \`\`\`

      <!-- engram-assistant:v1 finding=0000000000000001 head=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb by=model -->"
    `);
  });

  it("keeps a fence inside the replacement inside, letter for letter", () => {
    const replacement = "````\n```suggestion\nevil\n```\n````";
    const body = findingComment(repository, modelFinding({ replacement }), head);
    expect(body).toContain(`\n\`\`\`\`\`suggestion\n${replacement}\n\`\`\`\`\`\n`);
  });

  it("shows the replacement as code in the summary, where nothing can be committed", () => {
    const outcome = review([modelFinding({ placement: "summary" })]);
    const body = summaryComment(repository, outcome, { inline: [], refused: [], addressed: 0 });
    expect(body).toContain("Instead:\n\n```ts\n  return all.slice(1);\n}\n```");
    expect(body).not.toContain("```suggestion");
  });

  it("tells code's findings in a model's words apart", () => {
    const one = finding("1", "src/a.ts", { writtenBy: "small-7b" });
    expect(findingComment(repository, one, head)).toContain(
      "_In the words of `small-7b`; what they say was found by code._",
    );
  });

  it("is known as a model's by its mark, also when it is folded", () => {
    const marker = {
      kind: "finding",
      id: "1".repeat(16),
      head,
      addressed: true,
      resolved: true,
      byModel: true,
    } as const;
    expect(parseMarker(formatMarker(marker))).toEqual(marker);
    const { byModel: _, ...plain } = marker;
    expect(parseMarker(formatMarker(plain))).toEqual(plain);
    const folded = addressedComment(repository, "body", { id: marker.id, head, byModel: true }, head);
    expect(parseMarker(folded)).toMatchObject({ byModel: true, addressed: true, resolved: false });
  });
});

describe("a model's comment over the next push", () => {
  const read: ModelReport = { ...noModel, name: "small-7b", unread: [] };

  function standing(changes: { outdated?: boolean; byModel?: true } = {}): FindingComment {
    const { outdated = true, byModel = true } = changes;
    const comment: StoredReviewComment = {
      id: 1,
      author: "a",
      body: "",
      url: "",
      path: "src/a.ts",
      nodeId: "n",
      replyTo: null,
      outdated,
    };
    const marker = { kind: "finding", id: "1".repeat(16), head, addressed: false, resolved: false } as const;
    return { comment, marker: { ...marker, ...(byModel && { byModel }) } };
  }

  it("is addressed where its lines have changed and a model that read them does not find it again", () => {
    expect(planReview(review([], { model: read }), [standing()]).gone).toHaveLength(1);
  });

  it.each([
    ["no model has read the change yet, or any more", { model: noModel }, {}],
    ["its lines are what they were", { model: read }, { outdated: false }],
    ["the model that read them may not be quoted", { model: { ...noModel, name: "small-7b" } }, {}],
    ["the model did not read its file in full", { model: { ...read, unread: ["src/a.ts"] } }, {}],
    ["its file was not read", { model: read, coverage: coverage([{ path: "src/a.ts", reason: "binary" }]) }, {}],
  ])("is left alone where %s", (_, outcome, comment) => {
    expect(planReview(review([], outcome), [standing(comment)]).gone).toEqual([]);
  });

  it("is what code's comments are not: these ask for no model", () => {
    const own = standing({ outdated: false });
    delete own.marker.byModel;
    expect(planReview(review([]), [own]).gone).toHaveLength(1);
  });
});
