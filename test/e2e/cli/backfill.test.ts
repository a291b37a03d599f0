import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSqliteTrackerStore } from "../../../src/tracker/sqlite-tracker-store.ts";
import { type Example, installationToken, startExample } from "../../unit/github-server/example.ts";
import { ended, runCommand, startCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
let example: Example;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  // Its clock ends where ours is: tokens hold from then on.
  let clock = Date.now() - 50 * 60_000;
  example = await startExample({ now: () => clock });
  const { github, repository } = example;
  for (let i = 0; i < 110; i++) {
    clock += 10_000;
    github.openIssue(repository, "bob", { title: `Line ${i} of the counter is wrong`, body: "" });
  }
  for (let number = 2; number <= 110; number++) {
    if (number === 4) continue;
    clock += 10_000;
    github.closeIssue(repository, "ada", number);
  }
  github.comment(repository, "ada", 5, "Me too");
  const { host } = new URL(github.url);
  const token = await installationToken(github, example.installation.id);
  github.state.requests.length = 0;
  env = { GHE_HOST: host, GHE_PROTOCOL: "http", GITHUB_TOKEN: token, GH_TOKEN: "", APP_ID: "" };
}, 120_000);
afterAll(async () => {
  await example.stop();
  home.dispose();
});

const writes = (): string[] =>
  example.github.state.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);

function known(): number[] {
  const store = createSqliteTrackerStore({ directory: join(home.path, "trackers") });
  const tracker = store.open(`${env["GHE_HOST"]}/acme/shop`);
  const numbers = Array.from(tracker?.issues() ?? [], ({ number }) => number);
  store.close();
  return numbers;
}

describe("assistant backfill", () => {
  it("loses nothing when it is killed in the middle, and goes on there", async () => {
    const { requests } = example.github.state;
    const lists = (): string[] =>
      requests.map(({ path }) => path).filter((path) => /\/issues\?.*sort=updated/.test(path));
    let killed = (): void => {};
    const reached = new Promise<void>((resolve) => (killed = resolve));
    example.github.failNext({
      match: /\/issues\?.*since=/,
      meanwhile: () => {
        child.kill("SIGKILL");
        killed();
      },
    });
    const child = startCommand(["backfill", "acme/shop"], home.path, env);
    const end = ended(child);
    await Promise.race([reached, end]);
    expect(await end).toMatchObject({ code: null, stderr: "" });
    expect(known()).toHaveLength(100);

    requests.length = 0;
    const { code, stdout } = await runCommand(["backfill", "acme/shop"], home.path, env);
    expect(stdout).toBe(
      "acme/shop: 110 issues, 1 pull request, 1 comment, 0 review comments, 0 links between issues and changes\n",
    );
    expect(code).toBe(0);
    expect(lists().length).toBeGreaterThan(0);
    expect(lists().filter((path) => !path.includes("since="))).toEqual([]);
    expect(known()).toHaveLength(111);
    expect(writes()).toEqual([]);
  });

  it("says what it would write under open issues, and writes nothing", async () => {
    const args = ["backfill", "acme/shop", "--suggest"];
    const { stdout, code } = await runCommand([...args, "--repo", example.git.dir], home.path, env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n#4 {2}Line 2 of the counter is wrong\n {2}similar {2}#\d+ \(/);
    expect(stdout).toMatch(/\n2 issues\. Nothing was written to GitHub\.\n$/);

    const json = await runCommand([...args, "--json"], home.path, env);
    const lines = json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ repository: "acme/shop", known: { issues: 110 }, skipped: [] });
    expect(lines.slice(1).map(({ number }) => number)).toEqual([111, 4]);
    expect(lines[1]).toMatchObject({ suspects: [expect.stringMatching(/^counter\.txt#L1/) as string] });
    expect(writes()).toEqual([]);
  });

  it("keeps an exported tracker, which is known from then on, but not in place of what GitHub told", async () => {
    const file = join(home.path, "export.jsonl");
    writeFileSync(file, '{"number": 7, "title": "The counter skips line 5", "comments": [{"body": "yes"}]}\n');
    const { stdout } = await runCommand(["backfill", "acme/old", "--tracker", file], home.path, env);
    expect(stdout).toMatch(/^acme\/old: 1 issue, 0 pull requests, 1 comment, /);
    const refused = await runCommand(["backfill", "acme/shop", "--tracker", file], home.path, env);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/were read from GitHub already\. /) as string,
    });
  });

  it.each([
    [["backfill", "acme"], /"acme" names no repository\. Write OWNER\/NAME/],
    [["backfill", "acme/nope"], /does not show us the issues of acme\/nope: .* Grant the app/],
    [["backfill", "acme/none", "--tracker", "/none"], /\/none cannot be read: .*Name the file of an exported tracker/],
  ])("explains itself: %j", async (args, message) => {
    expect(await runCommand(args, home.path, env)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(message) as string,
    });
  });

  it("asks for credentials where there are none", async () => {
    const { code, stderr } = await runCommand(["backfill", "acme/shop"], home.path, { ...env, GITHUB_TOKEN: "" });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Set GITHUB_TOKEN to a token/) as string,
    });
  });
});
