import { copyFileSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReviewOutcome, TriageOutcome } from "../../../src/publish/outcome.ts";
import type { SarifLog } from "../../../src/publish/sarif.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";
import { ended, repositoryWithForgottenCopy, runCommand, startCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
let repository: TestRepository;
let repo: string[];

beforeAll(() => {
  repository = repositoryWithForgottenCopy();
  repo = ["--repo", repository.dir];
});

afterAll(() => {
  repository.dispose();
  home.dispose();
});

describe("assistant review", () => {
  it("names the place that was forgotten, and ends with 1", async () => {
    const { code, stdout, stderr } = await runCommand(["review", ...repo], home.path);

    expect(stdout).toMatch(/^Review of [0-9a-f]{12} against [0-9a-f]{12}: 1 finding\n/);
    expect(stdout).toContain("src/orders.ts:4");
    expect(stdout).toContain("src/invoices.ts:4-6");
    expect(stdout).toContain("Read 1 of 1 files, 1 of 1 hunks");
    expect(stdout).toContain("Model: none (no model is installed: run `assistant models pull`)");
    expect(stdout).not.toContain("\u001b");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  it("prints one JSON document, the same outcome", async () => {
    const { code, stdout } = await runCommand(["review", ...repo, "--json"], home.path);

    const outcome = JSON.parse(stdout) as ReviewOutcome;
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(outcome.findings).toMatchObject([{ kind: "near-copy", anchor: { path: "src/orders.ts", startLine: 4 } }]);
    expect(outcome.head).toBe(repository.git("rev-parse", "fix"));
    expect(code).toBe(1);
  });

  it("tells what linters report on the lines that the branch adds, and refuses what is no report", async () => {
    const file = join(home.path, "lint.sarif");
    const at = (startLine: number) => [
      { physicalLocation: { artifactLocation: { uri: "src/orders.ts" }, region: { startLine } } },
    ];
    const results = [1, 4].map((line) => ({
      ruleId: "no-magic",
      level: "error",
      message: { text: `A number on line ${line}.` },
      locations: at(line),
    }));
    writeFileSync(file, JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "Lint" } }, results }] }));
    const { code, stdout } = await runCommand(["review", ...repo, "--linters", file], home.path);
    expect(stdout).toContain("src/orders.ts:4  `Lint`: `no-magic`: A number on line 4.\n");
    expect(stdout).not.toContain("line 1.");
    expect(code).toBe(1);

    writeFileSync(file, "{}");
    const refused = await runCommand(["review", ...repo, "--linters", file], home.path);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be read as SARIF 2.1.0: version"),
    });
    const gone = await runCommand(["review", ...repo, "--linters", join(home.path, "gone.sarif")], home.path);
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be read: ENOENT") });
  });

  it("writes the findings as SARIF beside them, and says where that cannot be", async () => {
    const file = join(home.path, "review.sarif");
    const { code, stdout } = await runCommand(["review", ...repo, "--json", "--sarif", file], home.path);

    const { findings } = JSON.parse(stdout) as ReviewOutcome;
    const log = JSON.parse(readFileSync(file, "utf8")) as SarifLog;
    expect(log.runs[0]?.results.map(({ fingerprints }) => Object.values(fingerprints))).toEqual([[findings[0]?.id]]);
    expect(log.runs[0]?.results[0]?.locations).toMatchObject([
      { physicalLocation: { artifactLocation: { uri: "src/orders.ts" }, region: { startLine: 4 } } },
    ]);
    expect(code).toBe(1);

    const refused = await runCommand(["review", ...repo, "--sarif", join(home.path, "gone", "x")], home.path);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be written") });
    expect(refused.stdout).toContain("1 finding\n");
  });

  it("ends with 0 where nothing was forgotten", async () => {
    const other = createRepository();
    other.write("a.ts", "export const a = 1;\n");
    other.commit("One");
    other.write("a.ts", "export const a = 2;\n");
    other.commit("Two");

    const { code, stdout } = await runCommand(["review", "--repo", other.dir, "--base", "HEAD~1"], home.path);

    expect(stdout).toContain(": no findings\n");
    expect(code).toBe(0);
    other.dispose();
  });

  it("compares with the merge base: what the default branch gained since is no part of the change", async () => {
    const branch = repositoryWithForgottenCopy();
    branch.git("switch", "--quiet", "main");
    branch.write("src/later.ts", "export const later = true;\n");
    branch.commit("Later");
    branch.git("switch", "--quiet", "fix");

    const { stdout } = await runCommand(["review", "--repo", branch.dir], home.path);

    expect(stdout).toContain("Read 1 of 1 files");
    branch.dispose();
  });

  it("says on standard error that uncommitted work is left out, where it reviews what is checked out", async () => {
    repository.write("src/mail.ts", "export {};\n");
    const [here, there] = await Promise.all([
      runCommand(["review", ...repo, "--json"], home.path),
      runCommand(["review", ...repo, "--json", "--head", "fix"], home.path),
    ]);
    repository.git("checkout", "--quiet", "--", ".");

    expect(here.stderr).toBe("note: uncommitted changes are not part of the review\n");
    expect(there.stderr).toBe("");
  });

  it("works in a shallow clone and says what is missing there", async () => {
    const clones = temporaryFolder();
    const clone = join(clones.path, "clone");
    repository.git("clone", "--quiet", "--depth=2", "--branch=fix", `file://${repository.dir}`, clone);

    const { code, stdout, stderr } = await runCommand(["review", "--repo", clone, "--base", "HEAD~1"], home.path);

    expect(stderr).toBe("note: this is a shallow clone: older history is not searched (git fetch --unshallow)\n");
    expect(stdout).toContain("src/invoices.ts:4-6");
    expect(code).toBe(1);
    clones.dispose();
  });

  it.each([
    ["is missing", "missing.gguf", null, "there is no model file at "],
    ["is not GGUF", "garbage.gguf", "garbage", "it is not a GGUF file"],
  ])("comes without a model, and says why, where its file %s", async (_what, name, text, reason) => {
    const path = join(home.path, name);
    if (text !== null) writeFileSync(path, text);

    const { code, stdout } = await runCommand(["review", ...repo], home.path, { CODING_MODEL: path });

    expect(stdout).toContain("src/invoices.ts:4-6");
    expect(stdout).toMatch(/^Model: none \(.*\)/m);
    expect(stdout).toContain(reason);
    expect(code).toBe(1);
  });

  it("comes without a model, and says why, where memory is too little for any", async () => {
    const crowded = temporaryFolder();
    mkdirSync(join(crowded.path, "models"));
    const model = join(crowded.path, "models", "qwen2.5-coder-7b-instruct-q4_k_m.gguf");
    copyFileSync(await tinyModel(), model);
    truncateSync(model, 2 ** 40); // takes no room on the disk

    const { code, stdout } = await runCommand(["review", ...repo], crowded.path);

    expect(stdout).toContain(
      "no installed model fits in the free memory: qwen2.5-coder-7b-instruct-q4_k_m, the smallest,",
    );
    expect(code).toBe(1);
    crowded.dispose();
  });

  it("builds damaged files of its home again", async () => {
    const damaged = temporaryFolder();
    await runCommand(["review", ...repo], damaged.path);
    const engrams = readdirSync(damaged.path, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".engram"),
    );
    expect(engrams).toHaveLength(1);
    truncateSync(join(damaged.path, engrams[0] ?? ""), 5_000);
    writeFileSync(join(damaged.path, "answers.db"), "garbage ".repeat(1_000));

    const { code, stdout, stderr } = await runCommand(["review", ...repo], damaged.path);

    expect(stdout).toContain("src/invoices.ts:4-6");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    damaged.dispose();
  });

  it("is silent when its reader has seen enough", async () => {
    const child = startCommand(["review", ...repo], home.path);
    child.stdout?.destroy();

    expect(await ended(child)).toMatchObject({ code: 1, stderr: "" });
  });

  it("ends with 130 after Ctrl-C, and the next run finds everything in order", async () => {
    const big = createRepository();
    for (let i = 0; i < 4_000; i++) big.write(`src/f${i}.ts`, `export const value${i} = ${i};\n`.repeat(30));
    big.commit("Many files");
    big.write("src/f0.ts", "export const value0 = 1;\n");
    big.commit("One changes");
    const fresh = temporaryFolder();
    const args = ["review", "--repo", big.dir, "--base", "HEAD~1"];

    const child = startCommand(args, fresh.path);
    const end = ended(child);
    await engramFile(fresh.path);
    child.kill("SIGINT");

    expect(await end).toEqual({ code: 130, stdout: "", stderr: "\nSIGINT: stopping; once more to end at once\n" });
    expect(await runCommand(args, fresh.path)).toMatchObject({ code: 0, stderr: "" });
    fresh.dispose();
    big.dispose();
  });
});

describe("assistant triage", () => {
  it("names the file that an issue is about", async () => {
    const { code, stdout, stderr } = await runCommand(
      ["triage", ...repo, "--text", "listInvoices skips the first page"],
      home.path,
    );

    expect(stdout).toMatch(/^Where to look, lines as in [0-9a-f]{12}\n {4}src\/invoices\.ts:\d+-\d+ /);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("reads a file and prints one JSON document", async () => {
    const file = join(home.path, "issue.txt");
    writeFileSync(file, "Mail is lost\n\nsendMail never sends.\n");

    const { code, stdout } = await runCommand(["triage", file, ...repo, "--json"], home.path);

    const outcome = JSON.parse(stdout) as TriageOutcome;
    expect(outcome.suspects[0]?.citation).toMatchObject({ kind: "code", path: "src/mail.ts" });
    expect(code).toBe(0);
  });
});

/** Resolves once the engram's file is there: the update has begun. */
async function engramFile(folder: string): Promise<void> {
  for (;;) {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    if (names.some((name) => name.endsWith(".engram"))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
