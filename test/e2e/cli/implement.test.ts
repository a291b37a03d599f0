import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImplementOutcome } from "../../../src/publish/implement-outcome.ts";
import type { TestRepository } from "../../helpers/git-repository.ts";
import { createCart, discount, implementation, manual, tests } from "../../helpers/implement-cart.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
const work = temporaryFolder();
let repository: TestRepository;
let script: string;

beforeAll(() => {
  repository = createCart(join(work.path, "cart"));
  script = join(work.path, "script.json");
  const steps = [
    { when: "Task: Write a test", times: 0, answer: tests },
    { when: "Task: Change what", times: 0, answer: manual },
    { times: 0, answer: implementation },
  ];
  writeFileSync(script, JSON.stringify({ name: "writer", steps }));
  writeFileSync(join(work.path, "issue.md"), `${discount.title}\n\n${discount.body}\n`);
});
afterAll(() => {
  home.dispose();
  work.dispose();
});

const run = (...args: string[]) =>
  runCommand(["implement", "--repo", repository.dir, ...args], home.path, {
    RESEARCH_MODEL: "none",
    CODING_MODEL: script,
  });
const status = () => repository.git("status", "--porcelain");

describe("assistant implement", () => {
  it("prints the plan and a patch, and touches nothing", async () => {
    const { code, stdout } = await run(discount.title);
    expect(stdout).toMatch(/^cartTotal should take a discount\nnot checked by any command: It applies and parses/);
    expect(stdout).toContain("== design\nTo be changed: `src/cart.ts:8-11` `cartTotal`");
    expect(stdout).toContain("+export function cartTotal(lines: Line[], discount = 0)");
    expect(status()).toBe("");
    expect(code).toBe(1);
  });

  it("stops after the design where that is asked for", async () => {
    const documents = join(work.path, "documents");
    const { code, stdout } = await run(
      "--plan",
      "--json",
      "--documents",
      documents,
      "--issue",
      join(work.path, "issue.md"),
    );
    const outcome = JSON.parse(stdout) as ImplementOutcome;
    expect(outcome).toMatchObject({ verdict: "planned", files: [], patch: "", title: discount.title });
    expect(readdirSync(documents)).toEqual(["1-requirements.md", "2-specification.md", "3-design.md"]);
    expect(readFileSync(join(documents, "1-requirements.md"), "utf8")).toContain("It should stay 0 for an empty cart.");
    expect(code).toBe(0);
  });

  it("writes a patch that git takes", async () => {
    const patch = join(work.path, "change.patch");
    await run("--patch", patch, discount.title);
    repository.git("apply", "--check", patch);
    expect(status()).toBe("");
  });

  it("writes into the work tree only with --apply, and never over what is not committed", async () => {
    repository.write("src/cart.ts", "// mine\n");
    const refused = await run("--apply", discount.title);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("src/cart.ts has changes that are not committed"),
    });
    expect(status()).toBe(" M src/cart.ts");
    repository.git("checkout", "--quiet", ".");
    // Somebody else's file in a folder that git does not follow.
    mkdirSync(join(repository.dir, "notes"));
    const applied = await run("--apply", discount.title);
    expect(applied.stderr).toContain("written into the work tree: docs/cart.md, src/cart.ts, test/cart.test.ts");
    expect(
      status()
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual(["M docs/cart.md", "M src/cart.ts", "M test/cart.test.ts"]);
    repository.git("checkout", "--quiet", ".");
  });

  it("refactors by code without a model", async () => {
    const { code, stdout } = await run(
      "--no-model",
      "--task",
      "refactor",
      "rename round to roundCents in src/round.ts",
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "unverified", title: "Rename round to roundCents" });
    expect(code).toBe(1);
  });

  it.each([
    [["--no-model", "cartTotal should take a discount"], 1, "not begun: There is no model to write it"],
    [["zebra quagga okapi"], 1, "a question back: Which file or function"],
  ])("%j ends with %d", async (args, code, said) => {
    const ended = await run(...args);
    expect(ended.stdout).toContain(said);
    expect(ended.code).toBe(code);
  });

  it.each([
    [[], "nothing is asked for"],
    [["a", "--issue", "b"], "more than one thing is asked for"],
    [["--issue", "/none.md"], "cannot be read"],
    [[" "], "the request is empty"],
  ])("%j is no request", async (args, said) => {
    expect(await run(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(said) });
  });

  it("waits where the default branch asks for approval, whatever is checked out", async () => {
    repository.git("checkout", "--quiet", "-b", "lax");
    repository.git("checkout", "--quiet", "main");
    repository.write(".github/assistant.yml", "implement: {approve: true}\n");
    repository.commit("The plan has to be agreed to");
    repository.git("checkout", "--quiet", "lax");
    const waits = await run(discount.title);
    expect(waits.stdout).toContain("planned: It waits for your agreement: ask again with --yes.");
    expect(waits.code).toBe(1);
    expect((await run("--yes", discount.title)).stdout).toContain("+export function cartTotal");

    repository.git("checkout", "--quiet", "main");
    repository.write(".github/assistant.yml", "implement: {approve: true\n");
    repository.commit("Half a line");
    const broken = await run("--yes", discount.title);
    expect(broken).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("assistant.yml is not valid: "),
    });
    expect((await run("--plan", discount.title)).code).toBe(0);
  });
});
