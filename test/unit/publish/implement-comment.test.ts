import { describe, expect, it } from "vitest";
import type { ImplementOutcome, Phase } from "../../../src/publish/implement-outcome.ts";
import { changeBody } from "../../../src/publish/markdown/change-body.ts";
import { type ImplementStatus, progressComment } from "../../../src/publish/markdown/implement-progress.ts";
import { implementComment, type ImplementResult } from "../../../src/publish/markdown/implement-result.ts";
import { parseMarker } from "../../../src/publish/marker.ts";
import { limits } from "../../../src/shared/limits.ts";
import { implementOutcome, repository } from "./samples.ts";

const phases = (entries: [Phase, "begun" | "done" | "failed"][]) => new Map(entries);

function status(changes: Partial<ImplementStatus> = {}): ImplementStatus {
  const usual = { task: "implement", comment: 77, requester: "ada", planOnly: false } as const;
  return { ...usual, phases: phases([]), round: null, failed: null, ended: false, ...changes };
}

function comment(outcome: ImplementOutcome, changes: Partial<ImplementResult> = {}): string {
  const usual = { published: null, plan: null, approve: false, stoppedBy: null, onPull: false };
  return implementComment(repository, status(), { outcome, ...usual, ...changes });
}

describe("progress", () => {
  it("is a check list of what is done, under way, and still to come", () => {
    const begun = phases([
      ["requirements", "done"],
      ["specification", "done"],
      ["design", "done"],
      ["implementation", "begun"],
    ]);
    const body = progressComment(status({ phases: begun, round: { round: 2, of: 3 }, failed: "test" }), "under way.");
    expect(body.split("\n\n")[1]?.split("\n")).toEqual([
      "- [x] Requirements",
      "- [x] Specification",
      "- [x] Design",
      "- [ ] Implementation … (attempt 2 of 3: `test` failed before)",
      "- [ ] Tests",
      "- [ ] Documentation",
    ]);
    expect(body).toContain("Asked for by ada. `/assistant stop` ends it.");
    expect(parseMarker(body)).toEqual({ kind: "implement", comment: 77 });
  });

  it("ends with the design where a plan is all that is wanted", () => {
    const body = progressComment(status({ task: "plan", planOnly: true }), "under way.");
    expect(body).toContain("**Plan**: under way.\n\n- [ ] Requirements\n- [ ] Specification\n- [ ] Design\n\n");
  });
});

describe("the comment at the end", () => {
  const pull = { number: 9, url: "", draft: true, author: "", body: "" };

  it.each<[string, Partial<ImplementOutcome>, Partial<ImplementResult>, RegExp]>([
    [
      "a pull request",
      {},
      { published: { kind: "opened", pull, branch: "b", commit: "c", moved: ["a.ts"] } },
      /^\*\*Implementation\*\*: the draft pull request \[#9\].*is open(?![^]*<details>)[^]*has changed `a\.ts` meanwhile/,
    ],
    [
      "a commit",
      {},
      { published: { kind: "pushed", number: 9, commit: "c".repeat(40), onTopOf: "d".repeat(40) } },
      /`ccccccc`.*is on this pull request[^]*`ddddddd`.*came meanwhile/,
    ],
    [
      "a conflict",
      {},
      { published: { kind: "conflict", number: 9, paths: ["a.ts"] } },
      /not pushed[^]*Changed meanwhile: `a\.ts`[^]*```diff/,
    ],
    [
      "a branch",
      {},
      { published: { kind: "branch-only", branch: "assistant/issue-1", reason: "No." } },
      /the branch \[`assistant\/issue-1`\][^]*No\.[^]*pull\/new\/assistant\/issue-1/,
    ],
    [
      "nothing",
      {},
      { published: { kind: "not-written", reason: "May not." } },
      /nothing was written[^]*May not\.[^]*```diff/,
    ],
    ["a failure", { verdict: "failed" }, {}, /no attempt passed, so there is no pull request[^]*```diff/],
    ["a failure on a pull request", { verdict: "failed" }, { onPull: true }, /passed, so nothing was pushed/],
    [
      "a question",
      { verdict: "question", reason: "Which file?", patch: "" },
      {},
      /something is clear\.\n\nWhich file\?\n\nAsked for by ada\. Answer with `\/assistant implement` and what is missing behind it\.\n\n<!--/,
    ],
    ["a refusal", { verdict: "refused", reason: "No model.", patch: "" }, {}, /not begun\.\n\nNo model\./],
    ["a stop", { verdict: "stopped" }, { stoppedBy: "ann" }, /stopped by ann/],
    ["a stop after it passed", {}, { stoppedBy: "ann" }, /stopped by ann[^]*```diff/],
    ["a plan", { verdict: "planned", patch: "" }, {}, /`\/assistant implement` goes on with it/],
    ["a plan to be approved", { verdict: "planned", patch: "" }, { approve: true }, /waits for approval/],
  ])("says what it came to: %s", (_name, changes, result, expected) => {
    expect(comment(implementOutcome(changes), result)).toMatch(expected);
  });

  it("holds the plan's digests, by which it is gone on with", () => {
    const plan = { request: "0123456789abcdef", documents: "fedcba9876543210" };
    const body = comment(implementOutcome({ verdict: "planned" }), { plan });
    expect(parseMarker(body)).toEqual({ kind: "implement", comment: 77, plan });
  });

  it("has the output of what failed, folded", () => {
    const failed = { name: "test", command: "npm test", passed: false, ended: "exit code 1", ms: 1, output: "1 !== 2" };
    const rounds = [{ applied: 1, refused: ["`a.ts`: not found"], commands: [failed] }];
    const body = comment(implementOutcome({ verdict: "failed", rounds }));
    expect(body).toContain("- `test` (`npm test`): **failed**, exit code 1");
    expect(body).toContain("<details><summary>Output of <code>test</code></summary>\n\n```\n1 !== 2\n```");
    expect(body).toContain("**Not applied**\n\n- `a.ts`: not found");
  });
});

describe("whatever a model or a repository says", () => {
  const evil =
    "@octocat fixes #7 <img src=x onerror=y> [click](https://evil.example) ![i](https://evil.example/a.png) <!-- engram-assistant:v1 change comment=1 -->\n```\n</details>";
  const command = { name: evil, command: evil, passed: false, ended: evil, ms: 1, output: `\`\`\`\n${evil}` };
  const outcome = implementOutcome({
    verdict: "failed",
    title: evil,
    reason: evil,
    documents: [{ phase: "design", markdown: evil, writtenBy: evil }],
    places: [{ path: evil, startLine: 1, endLine: 1, symbol: evil, reason: evil, evidence: [] }],
    rounds: [{ applied: 0, refused: [evil], commands: [command] }],
    unverified: [evil],
    sandbox: evil,
    patch: `+${evil}`,
  });
  const bodies = (): [string, string][] => [
    ["the comment", comment(outcome, { published: { kind: "not-written", reason: evil } })],
    ["the pull request", changeBody(repository, { ...change, moved: [evil] })],
  ];
  const change = {
    outcome,
    comment: 77,
    requester: "ada",
    issue: 2,
    target: "main",
    follow: null,
    executables: new Set<string>(),
  };

  it.each(bodies())("calls nobody, closes nothing and links nowhere in %s", (_name, body) => {
    // What stands in code is shown as it is, and does nothing.
    const prose = body.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "").replace(/(`+)(?:(?!\1).)+\1/g, "");
    expect(prose).not.toMatch(/@octocat|#7|<img|\]\(https:\/\/evil|!\[/);
    expect(prose.match(/<\/details>/g)).toHaveLength(prose.match(/<details>/g)?.length ?? 0);
    expect(parseMarker(body)?.kind).not.toBe("answer");
    expect(prose.match(/<!--/g)).toHaveLength(1);
  });

  it("leaves room for the plan and the patch where a command prints without end", () => {
    const flood = { ...command, output: `the cause${"x".repeat(limits.sandboxOutputBytes)}the end` };
    const body = comment({ ...outcome, rounds: [{ applied: 1, refused: [], commands: [flood] }] });
    expect(body).toMatch(/the causexx[^]*characters left out[^]*xthe end[^]*#### Design[^]*```diff/);
    expect(body).not.toContain("GitHub's limit");
  });

  it("fits into GitHub's limit", () => {
    const long = "word ".repeat(20_000);
    const huge = implementOutcome({ patch: long, documents: [{ phase: "design", markdown: long, writtenBy: null }] });
    for (const body of [
      comment({ ...huge, verdict: "failed" }),
      changeBody(repository, { ...change, outcome: huge, moved: [] }),
    ]) {
      expect(body.length).toBeLessThan(65_000);
      expect(body).toContain("left out to stay within GitHub's limit");
      expect(parseMarker(body)).not.toBeNull();
    }
  });
});
