import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildDemoRepository, type BuiltRepository } from "../../../fixtures/demo/build-repository.ts";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { gitText } from "../../../src/shared/git.ts";
import { limits } from "../../../src/shared/limits.ts";

/** They change with history/, and with nothing else. */
const MAIN = "c9e7bc5999da40217c7eaf02e0fd648f1d062995";
const PUSH_3 = "ee2feb0efe6178c1af3a7574a5a321570da3be57";

const { planted, issues } = demoRepository;
const folder = mkdtempSync(join(tmpdir(), "demo-"));
let dir: string;
let built: BuiltRepository;

beforeAll(async () => {
  dir = join(folder, "first.git");
  built = await buildDemoRepository(dir);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the build", () => {
  it("gives the recorded commit ids, whatever the machine's configuration, zone and identity", async () => {
    vi.stubEnv("TZ", "Pacific/Auckland");
    vi.stubEnv("GIT_AUTHOR_NAME", "Somebody Else");
    vi.stubEnv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z");
    vi.stubEnv("GIT_DEFAULT_HASH", "sha256");

    const again = await buildDemoRepository(join(folder, "second.git"));

    expect(again).toEqual(built);
    expect(built.refs).toMatchObject({ main: MAIN, push3: PUSH_3 });
  });

  it("leaves a repository that git finds no fault with, whose only branch is main", async () => {
    expect(await gitText(dir, ["fsck", "--strict", "--no-progress"])).toBe("");
    expect(await gitText(dir, ["for-each-ref", "--format=%(refname)", "refs/heads"])).toBe("refs/heads/main");
    expect(await gitText(dir, ["rev-parse", "HEAD"])).toBe(MAIN);
  });
});

describe("the past pull requests", () => {
  it("are enough for a table, stand on main with two commits each, and let the past place findings", async () => {
    const past = join(folder, "past.git");
    const { pastPulls, refs } = await buildDemoRepository(past, { past: true });

    expect(built.pastPulls).toEqual([]);
    expect(pastPulls.length).toBeGreaterThanOrEqual(limits.calibratedPullsLeast);
    expect(Math.min(...pastPulls)).toBeGreaterThan(Math.max(...issues.map(({ number }) => number)));
    const heads = await gitText(past, ["for-each-ref", "--format=%(objectname)", "refs/pull/*/head"]);
    const own = await gitText(past, ["rev-list", ...lines(heads), `^${refs.main}`]);
    expect(lines(own)).toHaveLength(2 * pastPulls.length);
    expect(await gitText(past, ["fsck", "--strict", "--no-progress"])).toBe("");
    expect(await gitText(past, ["show", "main:.github/assistant.yml"])).not.toContain("inline");
  });
});

describe("the history of main", () => {
  it("has many small commits by five people, in the order of their dates", async () => {
    const log = (await gitText(dir, ["log", "--reverse", "--format=%at %an", "refs/heads/main"])).split("\n");
    const times = log.map((line) => Number(line.split(" ")[0]));

    expect(log.length).toBeGreaterThanOrEqual(60);
    expect(new Set(log.map((line) => line.replace(/^\d+ /, ""))).size).toBe(5);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("changes one pair of files together, and no other pair as reliably", async () => {
    const { changed, forgotten } = planted.forgottenFile;

    const reliable = (await pairsChangedTogether(dir)).filter((pair) => pair.support >= 8 && pair.confidence >= 0.8);

    const pair = reliable.find(({ path }) => path === changed);
    expect(pair).toMatchObject({ companion: forgotten });
    expect(pair?.support).toBeGreaterThanOrEqual(10);
    expect(pair?.confidence).toBeGreaterThanOrEqual(0.9);
    // The other direction may pass too; it warns nobody who changes the routes.
    expect(reliable.filter(({ path }) => path !== changed)).toMatchObject([{ path: forgotten, companion: changed }]);
  });

  it("closes every closed issue in a commit message, and no open one", async () => {
    const messages = await gitText(dir, ["log", "--format=%B", "refs/heads/main"]);
    const closed = [...messages.matchAll(/^Fixes #(\d+)$/gm)].map(([, number]) => Number(number));

    const expected = issues.filter(({ state }) => state === "closed").map(({ number }) => number);
    expect(closed.toSorted((a, b) => a - b)).toEqual(expected);
  });

  it("switches the assistant on, on the default branch", async () => {
    const file = await fileAt("main", ".github/assistant.yml");
    expect(file).toContain("mode: auto");
    expect(file).toContain("inline: [near-copy, dangling-reference, companion]");
  });
});

describe("the pull request", () => {
  it("changes one of two places that hold the same lines", async () => {
    const { changed, untouched } = planted.nearCopy;
    const before = lines(await fileAt("main", changed));
    const copy = lines(await fileAt("main", untouched));
    const after = lines(await fileAt("push1", changed));

    const gone = before.filter((line) => line.length > 20 && !after.includes(line));

    expect(gone.length).toBeGreaterThanOrEqual(4);
    expect(copy).toEqual(expect.arrayContaining(gone));
    for (const push of ["push1", "push2"] as const) expect(await changedPaths("main", push)).not.toContain(untouched);
    expect(await changedPaths("mainAfter", "push3")).not.toContain(untouched);
  });

  it("removes a name that one file still uses; the second push mends it", async () => {
    const { name, removedFrom, usedIn } = planted.danglingReference;

    expect(await fileAt("main", removedFrom)).toContain(`export function ${name}(`);
    expect(await pathsWith(name, "push1")).toEqual([usedIn]);
    expect(await changedPaths("main", "push1")).not.toContain(usedIn);
    expect(await pathsWith(name, "push2")).toEqual([]);
  });

  it("forgets the file that changes along; the second push brings it", async () => {
    const { changed, forgotten } = planted.forgottenFile;

    expect(await changedPaths("main", "push1")).toContain(changed);
    expect(await changedPaths("main", "push1")).not.toContain(forgotten);
    expect(await changedPaths("main", "push2")).toContain(forgotten);
  });

  it("is rebased by its third push: the same change, with lines moved above its hunks", async () => {
    const [before, after] = [await diff("main", "push2"), await diff("mainAfter", "push3")];
    const withoutPlaces = (text: string): string => text.replaceAll(/^(@@|index ).*$/gm, "");

    expect(withoutPlaces(after)).toBe(withoutPlaces(before));
    expect(after).not.toBe(before);
    expect(await changedPaths("main", "mainAfter")).toContain(planted.nearCopy.changed);
    expect(await gitText(dir, ["merge-base", demoRefs.mainAfter, demoRefs.push3])).toBe(built.refs.mainAfter);
  });
});

interface ChangedTogether {
  path: string;
  companion: string;
  /** Commits that changed both. */
  support: number;
  /** Their share of the commits that changed `path`. */
  confidence: number;
}

async function pairsChangedTogether(gitDir: string): Promise<ChangedTogether[]> {
  const log = await gitText(gitDir, ["log", "--format=%x00", "--name-only", "refs/heads/main"]);
  const commits = log.split("\0").map((block) => block.split("\n").filter((path) => path !== ""));
  const paths = [...new Set(commits.flat())];
  return paths.flatMap((path) => {
    const touching = commits.filter((files) => files.includes(path));
    return paths
      .filter((companion) => companion !== path)
      .map((companion) => {
        const support = touching.filter((files) => files.includes(companion)).length;
        return { path, companion, support, confidence: support / touching.length };
      });
  });
}

type Ref = keyof typeof demoRefs;

function fileAt(ref: Ref, path: string): Promise<string> {
  return gitText(dir, ["show", `${demoRefs[ref]}:${path}`]);
}

function diff(base: Ref, head: Ref): Promise<string> {
  return gitText(dir, ["diff", demoRefs[base], demoRefs[head]]);
}

async function changedPaths(base: Ref, head: Ref): Promise<string[]> {
  return lines(await gitText(dir, ["diff", "--name-only", demoRefs[base], demoRefs[head]]));
}

/** Paths of a tree in which a word stands. */
async function pathsWith(word: string, ref: Ref): Promise<string[]> {
  const found = await gitText(dir, ["grep", "-lw", word, demoRefs[ref]], { okCodes: [0, 1] });
  return lines(found).map((line) => line.slice(line.indexOf(":") + 1));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
