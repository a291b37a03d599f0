import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkTree } from "../../src/handlers/open-work-tree.ts";
import type { ImplementOutcome } from "../../src/publish/implement-outcome.ts";
import { findSandbox } from "../../src/sandbox/find-sandbox.ts";
import { implementChange } from "../../src/tasks/implement/implement-change.ts";
import { createRepository, type TestRepository } from "../helpers/git-repository.ts";
import { writer } from "../helpers/implement-cart.ts";
import { disposeScenes, implementScene } from "../helpers/implement-scene.ts";

const found = await findSandbox();
const reason = found.description === null ? ` (no sandbox here: ${found.reason})` : "";

let repository: TestRepository;
beforeAll(() => {
  repository = createRepository();
  repository.write(
    "mean.mjs",
    "export function mean(values) {\n  return values.reduce((a, b) => a + b) / values.length;\n}\n",
  );
  repository.write(
    "mean.test.mjs",
    'import { mean } from "./mean.mjs";\n\nif (mean([1, 3]) !== 2) throw new Error("the mean of 1 and 3");\n',
  );
  repository.commit("The mean");
});
afterAll(() => {
  disposeScenes();
  repository.dispose();
});

const text = (body: string) =>
  `FILE: mean.mjs\nSYMBOL: mean\n\`\`\`js\nexport function mean(values) {\n${body}\n}\n\`\`\`\n`;
const good = text("  if (values.length === 0) return 0;\n  return values.reduce((a, b) => a + b) / values.length;");
const bad = text("  return 0;");
const moreTests = 'APPEND: mean.test.mjs\n```js\nif (mean([]) !== 0) throw new Error("the mean of nothing");\n```\n';

async function run(
  implementation: (prompt: string) => string,
  command = "node mean.test.mjs",
  minutes = { repository: 10, server: 10 },
): Promise<ImplementOutcome> {
  const { model } = writer({ implementation, tests: moreTests });
  const request = { title: "mean of nothing", body: "`mean` in mean.mjs must give 0 for no values." };
  const { input } = await implementScene(repository, { request, model });
  const settings = { ...input.settings, commands: [{ name: "test", run: command }], minutes: minutes.repository };
  const { signal } = new AbortController();
  const gitDir = join(repository.dir, ".git");
  const place = {
    gitDir,
    commit: input.tree.commit,
    settings,
    sandbox: { registries: [], tools: [], minutes: minutes.server },
  };
  const tree = await openWorkTree({ ...place, cache: join(repository.dir, ".cache"), signal });
  return implementChange({ ...input, settings, tree }, signal);
}

describe.skipIf(found.description === null)(`an implementation in a real sandbox${reason}`, () => {
  it("passes after what the command said to the first attempt", async () => {
    const outcome = await run((prompt) => (prompt.includes("the mean of 1 and 3") ? good : bad));
    expect(outcome.verdict).toBe("passed");
    expect(outcome.rounds.map(({ commands }) => commands[0]?.ended)).toEqual(["exit code 1", "exit code 0"]);
    expect(outcome.files.map(({ path }) => path)).toEqual(["mean.mjs", "mean.test.mjs"]);
    expect(outcome.sandbox).toBe(found.description);
  });

  it("ends a command that hangs when the server's time or the repository's is up, and says so", async () => {
    const hanging = "if grep -q 'return 0' mean.mjs; then sleep 600; fi";
    for (const minutes of [
      { repository: 10, server: 0.1 },
      { repository: 0.1, server: 10 },
    ]) {
      const outcome = await run(() => good, hanging, minutes);
      expect(outcome.verdict).toBe("failed");
      expect(outcome.rounds.map(({ commands }) => commands[0]?.ended)).toEqual(Array(3).fill("stopped after 6 s"));
    }
  });

  it("fails with the last output, cut, where a command prints without end", async () => {
    const flood =
      'node mean.test.mjs && { if grep -q "length === 0" mean.mjs; then head -c 200000000 /dev/zero | tr "\\\\0" x; exit 1; fi; }';
    const outcome = await run(() => good, flood);
    expect(outcome.verdict).toBe("failed");
    for (const { commands } of outcome.rounds) expect(commands[0]?.output.length).toBeLessThan(100_000);
  });
});
