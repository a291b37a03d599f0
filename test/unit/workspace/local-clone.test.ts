import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  findDefaultBranch,
  hasUncommittedWork,
  localRepository,
  openLocalClone,
  resolveCommit,
} from "../../../src/workspace/local-clone.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
beforeEach(() => (repository = createRepository()));
afterEach(() => repository.dispose());

describe("openLocalClone", () => {
  it("opens a folder inside a clone", async () => {
    repository.write("src/a.ts", "1\n");
    repository.commit("first");
    const workspace = await openLocalClone(join(repository.dir, "src"));
    expect(workspace).toMatchObject({ gitDir: join(repository.dir, ".git"), shallow: false });
  });

  it("sees that a clone is shallow", async () => {
    repository.write("a", "1\n");
    repository.commit("first");
    repository.commit("second");
    const dir = join(repository.dir, "shallow");
    repository.git("clone", "-q", "--depth=1", `file://${repository.dir}`, dir);
    expect((await openLocalClone(dir)).shallow).toBe(true);
  });

  it.each(["", "nowhere"])("says that a folder is no repository: %s", async (name) => {
    const dir = mkdtempSync(join(tmpdir(), "plain-"));
    await expect(openLocalClone(join(dir, name))).rejects.toMatchObject({ code: "not-a-repository", exitCode: 2 });
    rmSync(dir, { recursive: true });
  });
});

describe("resolveCommit", () => {
  it("resolves names, and says what to do about one that is none", async () => {
    repository.write("a", "1\n");
    const commit = repository.commit("first");
    expect(await resolveCommit(repository.dir, "HEAD")).toBe(commit);
    await expect(resolveCommit(repository.dir, "mian")).rejects.toMatchObject({ code: "unknown-ref" });
    await expect(resolveCommit(repository.dir, "--all")).rejects.toMatchObject({ code: "unknown-ref" });
  });

  it("tells an empty repository from a wrong name", async () => {
    await expect(resolveCommit(repository.dir, "HEAD")).rejects.toMatchObject({ code: "empty-repository" });
  });
});

describe("findDefaultBranch", () => {
  it("takes what the remote says, else the usual names, else asks", async () => {
    repository.write("a", "1\n");
    repository.commit("first");
    expect(await findDefaultBranch(repository.dir)).toBe("refs/heads/main");
    repository.git("update-ref", "refs/remotes/origin/trunk", "HEAD");
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk");
    expect(await findDefaultBranch(repository.dir)).toBe("refs/remotes/origin/trunk");
    repository.git("symbolic-ref", "-d", "refs/remotes/origin/HEAD");
    repository.git("branch", "-q", "-m", "main", "work");
    await expect(findDefaultBranch(repository.dir)).rejects.toMatchObject({ code: "no-default-branch" });
  });
});

describe("localRepository", () => {
  it.each([
    ["https://github.com/acme/shop.git", "github.com/acme/shop"],
    ["git@git.example.com:acme/shop.git", "git.example.com/acme/shop"],
    ["ssh://git@git.example.com:2222/acme/shop", "git.example.com/acme/shop"],
    ["/srv/git/shop.git", "local/local"],
  ])("reads %s", async (url, expected) => {
    repository.git("config", "remote.origin.url", url);
    const { host, owner, name } = await localRepository(join(repository.dir, ".git"));
    expect(`${host}/${owner}/${name}`).toContain(expected);
  });
});

it("sees uncommitted work", async () => {
  repository.write("a", "1\n");
  repository.commit("first");
  expect(await hasUncommittedWork(repository.dir)).toBe(false);
  repository.write("a", "2\n");
  expect(await hasUncommittedWork(repository.dir)).toBe(true);
});
