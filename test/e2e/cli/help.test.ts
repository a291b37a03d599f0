import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
afterAll(() => home.dispose());

describe("help", () => {
  it.each([
    [["--help"], "assistant review "],
    [["review", "--help"], "assistant review --base HEAD~1"],
    [["triage", "--help"], "assistant triage --text "],
    [["models", "--help"], "assistant models recommend"],
    [["serve", "--help"], "assistant serve"],
    [["setup", "--help"], "assistant setup --poll"],
  ])("%j shows an example, on standard output", async (args, example) => {
    const { code, stdout, stderr } = await runCommand(args, home.path);

    expect(stdout).toMatch(/\nExamples?:\n/);
    expect(stdout).toContain(example);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("stands on standard error where no verb was given", async () => {
    const { code, stdout, stderr } = await runCommand([], home.path);

    expect(stderr).toMatch(/^Usage: assistant /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it.each([["--version"], ["version"]])("%s names the package's version", async (asked) => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

    expect(await runCommand([asked], home.path)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("of a verb of a verb is had in both ways", async () => {
    const asked = await runCommand(["help", "models", "pull"], home.path);

    expect(asked.stdout).toMatch(/^Usage: assistant models pull /);
    expect(asked).toEqual(await runCommand(["models", "pull", "--help"], home.path));
  });

  it("keeps to the columns that there are", async () => {
    const { stdout } = await runCommand(["implement", "--help"], home.path, { COLUMNS: "72" });

    expect(stdout.split("\n").filter((line) => line.length > 72)).toEqual([]);
  });
});

describe("what is typed in the wrong place", () => {
  it.each([
    [["help", "reviw"], "error: unknown command 'reviw'. Did you mean review?"],
    [["reviw", "--help"], "error: unknown command 'reviw'. Did you mean review?"],
    [["review", "../service"], "Name the clone with --repo: assistant review --repo DIR."],
    [["--repo", "."], "Options stand behind the verb: assistant review --repo DIR."],
    [["review", "--repo", "https://github.com/o/r"], "Clone it first: git clone https://github.com/o/r."],
    [["review", "--repo", "git@github.com:o/r.git"], "Clone it first: git clone git@github.com:o/r.git."],
  ])("%j says where it belongs, in one line", async (args, remedy) => {
    const { code, stdout, stderr } = await runCommand(args, home.path);

    expect(stderr).toContain(remedy);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("one JSON document", () => {
  it("lists the models", async () => {
    const { code, stdout } = await runCommand(["models", "list", "--json"], home.path);

    const [first] = JSON.parse(stdout) as unknown[];
    expect(first).toMatchObject({ verified: true, installed: false });
    expect(code).toBe(0);
  });

  it("tells what is missing on a machine, and its exit code says so too", async () => {
    const fine = await runCommand(["doctor", "--json", "--offline"], home.path);
    const withoutGit = await runCommand(["doctor", "--json", "--offline"], home.path, { PATH: home.path });

    expect(JSON.parse(fine.stdout)).toMatchObject({ ok: true });
    expect(fine.code).toBe(0);
    const found = JSON.parse(withoutGit.stdout) as { ok: boolean; checks: object[] };
    expect(found.ok).toBe(false);
    expect(found.checks).toContainEqual(expect.objectContaining({ name: "git", state: "missing" }));
    expect(withoutGit.code).toBe(1);
  });
});
