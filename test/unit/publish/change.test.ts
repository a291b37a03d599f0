import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOctokitChangeApi } from "../../../src/publish/octokit-change-api.ts";
import type { ImplementOutcome } from "../../../src/publish/implement-outcome.ts";
import { branchName, issueOfBranch } from "../../../src/publish/change-branch.ts";
import { changeTitle } from "../../../src/publish/markdown/change-title.ts";
import { type NewChange, publishChange } from "../../../src/publish/publish-change.ts";
import { gitText } from "../../../src/shared/git.ts";
import { client, type Example, installationToken, startExample, text, numbered } from "../github-server/example.ts";
import { implementOutcome } from "./samples.ts";

const repository = { host: "git.example", owner: "acme", name: "shop" };
const identity = { login: "engram-assistant[bot]" };
const granted = { contents: "write", pull_requests: "write", issues: "write" } as const;

let example: Example;
let change: NewChange;

beforeEach(async () => {
  example = await startExample({ permissions: granted });
  example.github.openIssue(example.repository, "bob", { title: "Count from zero", body: "Please." });
  const files = [
    { path: "counter.txt", before: text(numbered()), after: text(numbered(0, 40)) },
    { path: "docs/guide.md", before: "# Guide\n", after: null },
    { path: "bin/count", before: null, after: "#!/bin/sh\n" },
  ];
  change = {
    outcome: implementOutcome({ number: 2, base: await tip("main"), title: "Count from zero", files }),
    comment: 77,
    requester: "ada",
    issue: 2,
    target: "main",
    follow: null,
    executables: new Set(["bin/count"]),
  };
});
afterEach(() => example.stop());

function publish(more: Partial<NewChange> = {}) {
  const api = createOctokitChangeApi(example.octokit, repository);
  return publishChange({ api, repository, identity }, { ...change, ...more });
}

async function tip(branch: string): Promise<string> {
  return gitText(example.repository.gitDir, ["rev-parse", branch]);
}

async function branches(): Promise<string[]> {
  const listed = await gitText(example.repository.gitDir, ["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
  return listed.split("\n").filter((name) => name.startsWith("assistant/"));
}

const pulls = () => example.repository.issues.filter((issue) => issue.pull && issue.number > 2);
const branch = "assistant/issue-2-count-from-zero";

describe("a change of ours", () => {
  it("is one commit on a branch with its files and nothing else, and a draft that closes the issue", async () => {
    expect(await publish()).toMatchObject({ kind: "opened", branch, moved: [], pull: { number: 3, draft: true } });

    const { gitDir } = example.repository;
    const raw = await gitText(gitDir, ["diff", "--raw", "--abbrev=4", "--no-renames", `main...${branch}`]);
    expect(raw.split("\n").map((line) => line.replace(/ [0-9a-f]{4} [0-9a-f]{4} /, " "))).toEqual([
      ":000000 100755 A\tbin/count",
      ":100644 100644 M\tcounter.txt",
      ":100644 000000 D\tdocs/guide.md",
    ]);
    expect(await gitText(gitDir, ["show", `${branch}:counter.txt`])).toBe(numbered(0, 40).join("\n"));
    expect(await gitText(gitDir, ["log", "--format=%an|%B", `main..${branch}`])).toBe(
      "engram-assistant[bot]|Count from zero\n\nFor #2.\n\nEngram-Assistant: comment=77\n",
    );
    expect(pulls()[0]).toMatchObject({ title: "Count from zero", author: { login: identity.login } });
    expect(pulls()[0]?.body).toMatch(/^Closes #2\. Asked for by ada\.\n/);
    expect(pulls()[0]?.body).toContain("**Verified** (bubblewrap 0.8)\n\n- `test` (`npm test`): passed");
    expect(pulls()[0]?.body).toContain("#### Design\n\n1. Change `counter.txt`.");
  });

  it.each(["before", "after"] as const)(
    "is written once although the connection is cut at each step in turn, %s it was carried out",
    async (drop) => {
      for (const step of ["blobs", "trees", "commits", "refs", "pulls"]) {
        example.github.failNext({ match: new RegExp(`^POST .*/${step}$`), drop });
        await expect(publish()).rejects.toMatchObject({ code: "github-unavailable" });
      }
      expect(await publish()).toMatchObject({ kind: "opened", pull: { number: 3 } });
      expect(await publish()).toMatchObject({ kind: "opened", pull: { number: 3 } });
      expect(await branches()).toEqual([branch]);
      expect(pulls()).toHaveLength(1);
      expect(await gitText(example.repository.gitDir, ["rev-list", "--count", `main..${branch}`])).toBe("1");
    },
  );

  it("is no draft where the plan of the owner has none", async () => {
    example.repository.drafts = false;
    expect(await publish()).toMatchObject({ kind: "opened", pull: { draft: false } });
  });

  it("leaves the branch of an earlier attempt alone, and opens no second pull request", async () => {
    await publish();
    expect(await publish({ comment: 78 })).toMatchObject({
      kind: "not-written",
      reason: "Meanwhile #3 was opened for the same issue.",
    });
    await example.github.closePull(example.repository, "ada", 3);
    expect(await publish({ comment: 79 })).toMatchObject({ kind: "opened", branch: `${branch}-2` });
    expect(pulls().map(({ state }) => state)).toEqual(["closed", "open"]);
  });

  it("says which of its files the target branch has changed meanwhile", async () => {
    example.git.git("checkout", "--quiet", "main");
    example.git.write("counter.txt", text(numbered(2, 40)));
    example.git.commit("Meanwhile");
    const published = await publish();
    expect(published).toMatchObject({ kind: "opened", moved: ["counter.txt"] });
    expect(pulls()[0]?.body).toContain("has changed `counter.txt` meanwhile: it may conflict");
    expect(await tip(`${branch}^`)).toBe(change.outcome.base);
  });

  it("is not written where the installation may not push, and says what is missing", async () => {
    const { github, installation } = example;
    const permissions = { contents: "read", pull_requests: "write" } as const;
    example.octokit = client(github, await installationToken(github, installation.id, { permissions }));
    expect(await publish()).toMatchObject({
      kind: "not-written",
      reason: expect.stringMatching(/Resource not accessible by integration.*"contents: write"/) as string,
    });
    expect(await branches()).toEqual([]);
  });

  it("stays on its branch where no pull request may be opened", async () => {
    const { github, installation } = example;
    const permissions = { contents: "write", pull_requests: "read" } as const;
    example.octokit = client(github, await installationToken(github, installation.id, { permissions }));
    expect(await publish()).toMatchObject({ kind: "branch-only", branch });
  });

  it("is not written where rules of the repository forbid it", async () => {
    example.github.failNext({ match: /^POST .*\/refs$/, status: 422, message: "Repository rule violations found" });
    expect(await publish()).toEqual({
      kind: "not-written",
      reason: "GitHub refused it: Repository rule violations found.",
    });
  });
});

describe("a further commit", () => {
  const follow = { number: 3, branch };

  async function further(path: string, after: string): Promise<Partial<NewChange>> {
    const before = await gitText(example.repository.gitDir, ["show", `${branch}:${path}`]);
    const outcome: ImplementOutcome = implementOutcome({
      number: 3,
      base: await tip(branch),
      files: [{ path, before, after }],
    });
    return { outcome, comment: 80, follow };
  }

  async function human(path: string, content: string): Promise<string> {
    example.git.git("checkout", "--quiet", branch);
    example.git.write(path, content);
    example.git.commit("By a person");
    example.git.git("checkout", "--quiet", "--detach");
    return tip(branch);
  }

  beforeEach(async () => void (await publish()));

  it("goes on the branch, once", async () => {
    const more = await further("counter.txt", "x\n");
    example.github.failNext({ match: /^PATCH .*\/refs\//, drop: "after" });
    await expect(publish(more)).rejects.toMatchObject({ code: "github-unavailable" });
    expect(await publish(more)).toMatchObject({ kind: "pushed", number: 3, commit: await tip(branch), onTopOf: null });
    expect(await gitText(example.repository.gitDir, ["rev-list", "--count", `main..${branch}`])).toBe("2");
  });

  it("goes on top of what people pushed meanwhile, where they left its files alone", async () => {
    const more = await further("counter.txt", "x\n");
    const theirs = await human("theirs.txt", "theirs\n");
    expect(await publish(more)).toMatchObject({ kind: "pushed", onTopOf: theirs });
    expect(await tip(`${branch}^`)).toBe(theirs);
    expect(await gitText(example.repository.gitDir, ["show", `${branch}:theirs.txt`])).toBe("theirs");
  });

  it("is not pushed over what people did to the same file", async () => {
    const more = await further("counter.txt", "x\n");
    const theirs = await human("counter.txt", "theirs\n");
    expect(await publish(more)).toEqual({ kind: "conflict", number: 3, paths: ["counter.txt"] });
    expect(await tip(branch)).toBe(theirs);
  });

  it("is made anew where somebody pushes between the look and the write", async () => {
    const more = await further("counter.txt", "x\n");
    let theirs = "";
    const meanwhile = async () => {
      theirs = await human("theirs.txt", "theirs\n");
    };
    example.github.failNext({ match: /^PATCH .*\/refs\//, meanwhile });
    expect(await publish(more)).toMatchObject({ kind: "pushed", onTopOf: theirs });
    expect(await tip(`${branch}^`)).toBe(theirs);
  });
});

it("names branches after the issue, and knows them again", () => {
  expect(branchName(12, "Überprüfe die Länge (`page_size`)!")).toBe("assistant/issue-12-uberprufe-die-lange-page-size");
  expect(branchName(12, "修复 🐛")).toBe("assistant/issue-12");
  expect(branchName(1, "x".repeat(99))).toBe("assistant/issue-1");
  expect(branchName(7, "../../main; rm -rf ~ @{u} a..b~1^:.lock")).toMatch(/^assistant\/issue-7[a-z0-9-]*$/);
  expect(["assistant/issue-12", "assistant/issue-12-a", "assistant/issue-123", "main"].map(issueOfBranch)).toEqual([
    12,
    12,
    123,
    null,
  ]);
});

it("takes a title for what it is, one line that does nothing", () => {
  const title = "Fix #3 for @ada\nfixes GH-4 [skip ci] \u202e";
  expect(changeTitle(implementOutcome({ title }))).toBe("Fix #\u200b3 for @\u200bada fixes GH-\u200b4  \ufffd");
  expect(changeTitle(implementOutcome({ title: " ", number: 9 }))).toBe("implement #9");
});
