import { createHash } from "node:crypto";
import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import type { Script } from "../../../src/model/scripted-model.ts";
import { casesVersion } from "../../../src/qualification/cases-version.ts";
import { promptsVersion } from "../../../src/qualification/versions.ts";
import type { QualificationRecord } from "../../../src/qualification/record.ts";
import { gitText } from "../../../src/shared/git.ts";
import { commitFile, it, type Service } from "../../helpers/service.ts";

const author = demoRepository.pull.author;
const branch = "mean";
const path = "src/stats/mean.ts";
const line = "  return sum / prices.length;";
const better = "  return prices.length === 0 ? 0 : sum / prices.length;";
const claim = "An empty list of prices is divided by zero.";
const config = "mode: auto\nreview:\n  inline: [model]\n";
const before = `export function mean(prices: number[]): number {\n  const sum = prices.reduce((all, one) => all + one, 0);\n`;

/** Sees one problem, wherever this line is new, and stands by it. */
const script: Script = {
  name: "small-7b",
  steps: [
    { when: "Is the claim true?", answer: { answer: "yes" }, times: 0 },
    { when: "Copy the one line", answer: { quote: line, it: "supports the claim" }, times: 0 },
    {
      when: `+${line}`,
      answer: {
        verdict: "problem",
        remarks: [
          {
            quote: line.trim(),
            evidence: "none",
            concern: "bug",
            severity: "high",
            claim,
            scenario: "With no prices, the sum is divided by 0 and the mean is NaN.",
            replacement: better,
          },
        ],
      },
      times: 0,
    },
    { when: "You review one part", answer: { verdict: "no problem", remarks: [] }, times: 0 },
  ],
};

it("posts what a qualified model found, with a suggestion, once, until its line is changed", async ({ start }) => {
  const service = await start({ config, homeFiles: homeWith(script, true) });
  await open(service);
  await service.idle();

  const [comment, ...others] = service.findings();
  expect(others).toEqual([]);
  expect(comment).toMatchObject({ original: { path, line: 3, side: "RIGHT" }, marker: { byModel: true } });
  expect(comment?.body).toContain(`**${claim}**`);
  expect(comment?.body).toContain(`\`\`\`suggestion\n${better}\n\`\`\``);
  expect(comment?.body).toContain("_Found by `small-7b`, a language model, which stood by it when asked again._");
  expect(summary(service)).toContain("1 comment on lines");
  expect(summary(service)).toContain("Model: `small-7b` (read 1 of 1 part of the change)");

  // Something above it moves the line; a run is repeated on the same head.
  await push(service, `/** Of all prices. */\n${before}${line}\n}\n`);
  await service.idle();
  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.comment(service.repository, "maren-ok", pullNumber(service), "/assistant review");
  await service.idle();
  expect(service.findings()).toHaveLength(1);
  expect(service.findings()[0]?.body).toBe(comment?.body);
  expect(summary(service)).toContain("1 comment on lines");

  await push(service, `/** Of all prices. */\n${before}${better}\n}\n`);
  await service.idle();
  const head = await gitText(service.repository.gitDir, ["rev-parse", branch]);
  expect(service.findings()).toHaveLength(1);
  expect(service.findings()[0]?.body).toContain(`Addressed in [\`${head.slice(0, 7)}\`]`);
  expect(service.findings()[0]?.marker).toMatchObject({ addressed: true, byModel: true });
}, 240_000);

it("says nothing in public of what a model found that has not qualified", async ({ start }) => {
  const service = await start({ config, homeFiles: homeWith(script, false) });
  await open(service);
  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.comment(service.repository, "maren-ok", pullNumber(service), "/assistant review");
  await service.idle();
  expect(service.findings()).toEqual([]);
  expect(summary(service)).toContain("its words are not shown: it has not been measured");
  expect(summary(service)).not.toContain(claim);
}, 240_000);

it("reviews all the same where a model answers nonsense, and says so", async ({ start }) => {
  const nonsense: Script = { name: "small-7b", steps: [{ answer: "as a language model, I", times: 0 }] };
  const service = await start({ config, homeFiles: homeWith(nonsense, true) });
  await open(service);
  await service.idle();
  expect(service.findings()).toEqual([]);
  expect(summary(service)).toContain("it gave no usable answer; read 0 of 1 part of the change");
  expect(summary(service)).toContain("(no usable answer)");
}, 240_000);

/** Files of a home in which changes are read by a script of answers, which has qualified for everything or for nothing. */
function homeWith(answers: Script, qualified: boolean): Record<string, string> {
  const text = JSON.stringify(answers);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return {
    "answers.json": text,
    "config.yml": "models:\n  coding: answers.json\n",
    ...(qualified && { [`qualification/${sha256}.json`]: JSON.stringify(recordOf(sha256)) }),
  };
}

function recordOf(sha256: string): QualificationRecord {
  const passed = { n: 50, right: 50, figure: 1, lower: 0.95, bar: 0.7, recall: 1, allowed: true, threshold: null };
  const rest = { reason: "all are right", quick: false, when: "2031-01-01T00:00:00.000Z" };
  return {
    version: 1,
    model: "small-7b",
    sha256,
    product: "1.0.0",
    cases: casesVersion,
    prompts: promptsVersion(),
    abilities: (["review", "confirm"] as const).map((ability) => ({ ability, ...passed, ...rest })),
    tokensPerSecond: null,
    memoryBytes: null,
    repositories: [],
  };
}

async function open(service: Service): Promise<void> {
  await write(service, `${before}${line}\n}\n`);
  const asked = { title: "Mean price", body: "", head: branch, base: "main" };
  await service.github.openPull(service.repository, author, asked);
}

async function write(service: Service, text: string): Promise<void> {
  const { gitDir } = service.repository;
  const known = await gitText(gitDir, ["for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`]);
  if (known.trim() === "") await gitText(gitDir, ["update-ref", `refs/heads/${branch}`, "refs/heads/main"]);
  await commitFile(gitDir, branch, path, text);
}

async function push(service: Service, text: string): Promise<void> {
  await write(service, text);
  await service.github.push(service.repository, author, branch);
}

function pullNumber({ repository }: Service): number {
  return repository.issues.at(-1)?.number ?? 0;
}

function summary(service: Service): string {
  return service.comments(pullNumber(service))[0]?.body ?? "";
}
