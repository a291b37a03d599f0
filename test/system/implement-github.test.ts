import { expect } from "vitest";
import type { Script } from "../../src/model/scripted-model.ts";
import { findSandbox } from "../../src/sandbox/find-sandbox.ts";
import { gitText } from "../../src/shared/git.ts";
import { commitFile, it, type Service, waitFor } from "../helpers/service.ts";

const found = await findSandbox();
const reason = found.description === null ? ` (no sandbox here: ${found.reason})` : "";

const maintainer = "maren-ok";
const path = "src/stats/mean.mjs";
const text = "export function mean(prices) {\n  return prices.reduce((a, b) => a + b) / prices.length;\n}\n";
const check = `
import { existsSync } from "node:fs";
import { mean } from "../src/stats/mean.mjs";
if (process.env.PRIVATE_KEY || existsSync("/proc/1/root/work")) throw new Error("something of the host is here");
if (mean([2, 4]) !== 3) throw new Error("mean of 2 and 4 is " + mean([2, 4]));
let empty = 0;
try {
  empty = mean([]);
} catch {} // as it was before
if (empty !== 0) throw new Error("mean of nothing is " + empty);
console.log("all is well");
`;
const config = "mode: mention\nimplement:\n  commands:\n    - name: check\n      run: node test/mean-check.mjs\n";

function written(first: string): string {
  const code = text.replace("{\n", `{\n  ${first}\n`);
  return `FILE: ${path}\nSYMBOL: mean\n\`\`\`js\n${code.trimEnd()}\n\`\`\``;
}

const script: Script = {
  name: "small-7b",
  steps: [
    { when: "Write a test", answer: "no test", times: 0 },
    { when: "never right", answer: written("if (prices.length === 0) return 1;"), times: 0 },
    { when: "never ends", answer: written("while (prices.length === 0);"), times: 0 },
    { when: "mean of nothing is 1", answer: written("if (prices.length === 0) return 0;"), times: 0 },
    { when: "mean", answer: written("if (prices.length === 0) return 1;"), times: 0 },
  ],
};

it.skipIf(reason !== "")(
  `runs the repository's own commands on a change, and gives back to the model what they say${reason}`,
  async ({ start }) => {
    const service = await start({
      config,
      permissions: { contents: "write", issues: "write", pull_requests: "write" },
      homeFiles: { "answers.json": JSON.stringify(script), "config.yml": "models:\n  coding: answers.json\n" },
    });
    const { github, repository } = service;
    const { gitDir } = repository;
    github.setPermission(repository, maintainer, "write");
    await commitFile(gitDir, "main", path, text);
    await commitFile(gitDir, "main", "test/mean-check.mjs", check);
    const open = (what: string) => {
      const body = `\`mean\` in \`${path}\` throws where the list of prices is empty. It shall give 0. ${what}`;
      return github.openIssue(repository, maintainer, { title: "mean() of no prices", body }).number;
    };

    const mended = open("");
    github.comment(repository, maintainer, mended, "/assistant implement");
    await service.idle(200_000);
    const pull = repository.issues.at(-1)!;
    expect(last(service, mended)).toContain(`the draft pull request [#${pull.number}]`);
    expect(pull.body).toMatch(
      /\*\*Verified\*\* \([^)]*bubblewrap[^)]*\)\n\n- `check` \(`node test\/mean-check\.mjs`\): passed/,
    );
    expect(await gitText(gitDir, ["show", `assistant/issue-${mended}-mean-of-no-prices:${path}`])).toContain(
      "return 0;",
    );

    const failing = open("It is never right.");
    github.comment(repository, maintainer, failing, "/assistant implement");
    await service.idle(200_000);
    expect(last(service, failing)).toContain("no attempt passed, so there is no pull request");
    expect(last(service, failing)).toContain("`check` (`node test/mean-check.mjs`): **failed**, exit code 1");
    expect(last(service, failing)).toContain("mean of nothing is 1");
    expect(last(service, failing)).toContain("+  if (prices.length === 0) return 1;");

    const hanging = open("It never ends.");
    github.comment(repository, maintainer, hanging, "/assistant implement");
    await waitFor("the command to run", () => /Implementation …/.test(last(service, hanging)));
    github.comment(repository, maintainer, hanging, "/assistant stop");
    await service.idle();
    const [progress] = service.comments(hanging);
    expect(progress?.body).toContain(`stopped by ${maintainer}`);
    expect(repository.issues.filter((one) => one.pull)).toHaveLength(1);
  },
  600_000,
);

function last(service: Service, number: number): string {
  return service.comments(number).at(-1)?.body ?? "";
}
