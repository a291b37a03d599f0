import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Example, installationToken, startExample } from "./example.ts";

const run = promisify(execFile);
let example: Example;
let folder: string;
beforeAll(async () => {
  example = await startExample();
  folder = mkdtempSync(join(tmpdir(), "clone-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await example.stop();
});

/** git with the token in a header, as the App sends it: not in the URL, not in the arguments. */
function git(args: string[], token: string | null) {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return run("git", args, {
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      ...(token !== null && {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "http.extraHeader",
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
      }),
    },
  });
}

function url(name = "shop"): string {
  return `${example.github.url}/acme/${name}.git`;
}

test("a mirror without blobs is fetched with the token, pull request refs and all", async () => {
  const token = await installationToken(example.github, example.installation.id);
  const mirror = join(folder, "mirror.git");
  await run("git", ["init", "--quiet", "--bare", mirror]);
  await git(
    [
      "-C",
      mirror,
      "fetch",
      "--quiet",
      "--filter=blob:none",
      url(),
      "+refs/heads/*:refs/heads/*",
      "+refs/pull/*/head:refs/pull/*/head",
    ],
    token,
  );

  const { stdout } = await run("git", ["-C", mirror, "rev-parse", "refs/heads/main", "refs/pull/1/head"]);
  const { stdout: missing } = await run("git", ["-C", mirror, "rev-list", "--objects", "--all", "--missing=print"]);
  expect(stdout.split("\n").slice(0, 2)).toEqual([example.git.git("rev-parse", "main"), example.pull.pull.headSha]);
  expect(missing).toMatch(/^\?/m);
});

test("a commit that no ref shows any more can still be fetched by its id", async () => {
  const token = await installationToken(example.github, example.installation.id);
  const lost = example.git.git("commit-tree", "-m", "Lost", "main^{tree}");
  const bare = join(folder, "lost.git");
  await run("git", ["init", "--quiet", "--bare", bare]);
  // Version 2 of the protocol asks nobody; the older one asks the server's configuration.
  await git(["-C", bare, "-c", "protocol.version=0", "fetch", "--quiet", url(), lost], token);

  expect((await run("git", ["-C", bare, "cat-file", "-t", lost])).stdout).toBe("commit\n");
});

test("nothing is served without a token, with a wrong one, or outside the installation", async () => {
  const { github, repository } = example;
  const token = await installationToken(github, example.installation.id);
  github.createRepository({ owner: "acme", name: "secret", gitDir: repository.gitDir });
  const refs = `${url()}/info/refs?service=git-upload-pack`;
  const header = (value: string) => ({
    authorization: `Basic ${Buffer.from(`x-access-token:${value}`).toString("base64")}`,
  });

  const answers = [
    await fetch(refs),
    await fetch(refs, { headers: header("ghs_wrong") }),
    await fetch(`${url("secret")}/info/refs?service=git-upload-pack`, { headers: header(token) }),
    await fetch(`${url()}/info/refs?service=git-receive-pack`, { headers: header(token) }),
  ];

  expect(answers.map((answer) => answer.status)).toEqual([401, 401, 404, 403]);
  expect(answers[0]?.headers.get("www-authenticate")).toContain("Basic");
  await expect(git(["ls-remote", url()], null)).rejects.toThrow("could not read Username");
});

test("a token narrowed to another repository sees none of this one", async () => {
  const { github, installation, repository } = example;
  github.createRepository({ owner: "acme", name: "second", gitDir: repository.gitDir });
  installation.repositories.add("acme/second");
  const token = await installationToken(github, installation.id, { repositories: ["second"] });

  await expect(git(["ls-remote", url()], token)).rejects.toThrow("not found");
  expect((await git(["ls-remote", url("second"), "refs/pull/1/head"], token)).stdout).toContain("refs/pull/1/head");
});

test("reading contents is a permission", async () => {
  const token = await installationToken(example.github, example.installation.id, { permissions: { issues: "read" } });

  await expect(git(["ls-remote", url()], token)).rejects.toThrow("403");
});
