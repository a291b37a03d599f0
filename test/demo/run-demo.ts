/**
 * `npm run demo`: the product's main job on a small real repository, from a signed webhook to the comments that a
 * GitHub server received. Prints what happens, writes a page that looks like the pull request, and with --json ends with
 * one line of JSON that is counted from what the server received.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { collectReport } from "./collect-report.ts";
import { countComments, countPushes, plantedFound } from "./counts.ts";
import { pullDefaultModel, recommendModels } from "./models.ts";
import { pastLines } from "./past.ts";
import { renderReport } from "./report.ts";
import { openStage, type Stage } from "./stage.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".demo");
const startedAt = performance.now();

function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

function seconds(): number {
  return Math.round((performance.now() - startedAt) / 100) / 10;
}

const kernel = loadKernel();
say(`Kernel: ${kernel.kernel.name} (${kernel.reason})`);
say("Starting the assistant beside a local GitHub server, with a repository of 63 commits and 56 past pull requests …");
const stage = await openStage(folder);
try {
  await play(stage);
} finally {
  await stage.close();
}

async function play(stage: Stage): Promise<void> {
  say(`\n${pastLines(stage.past)}`);
  say(`\nPull request #${stage.pull.number}: ${stage.pull.title}`);
  await showPush(stage, 0);

  say("\nNow a model, which the findings above did not need:");
  const model = await pullDefaultModel(stage);
  // Why there is none was said by the command that tried to install it.
  say(model.installed ? `installed: ${model.name}` : "No model can be had here. Going on without one.");
  await showPush(stage, 1);
  await showPush(stage, 2);
  say(stage.modelLine());

  await stage.openIssue();
  say(`\nIssue #${stage.issue.number}: ${stage.issue.title}\n${stage.triageLine()}`);

  const recommendations = model.installed ? await recommendModels(stage) : [];
  const usable = recommendations
    .filter(({ recommended }) => recommended)
    .map((row) => `${row.model} (${row.minutesPerPull.toFixed(1)} min a pull request)`);
  if (recommendations.length > 0)
    say(`\nThis machine could run: ${usable.join(", ") || "none of the catalogue within five minutes"}`);

  const pushes = countPushes(stage);
  say(`\n${pushes.posted} posted, ${pushes.addressed} addressed, ${pushes.repeated} repeated`);

  mkdirSync(folder, { recursive: true });
  const report = join(folder, "report.html");
  writeFileSync(report, renderReport(await collectReport(stage, { kernel, recommendations, seconds: seconds() })));
  say(`\nThe pull request as GitHub would show it: ${pathToFileURL(report).href}`);
  say(`The same on your own clone:\n\n    ${stage.command}\n`);
  if (process.argv.includes("--json")) {
    const result = {
      review: await countComments(stage, stage.pull.number),
      pushes,
      triage: await countComments(stage, stage.issue.number),
      planted: plantedFound(stage),
      past: stage.past,
      model: model.installed ? model.name : null,
      kernel: kernel.kernel.name,
      seconds: seconds(),
      report,
    };
    say(JSON.stringify(result));
  }
}

async function showPush(stage: Stage, index: number): Promise<void> {
  const push = await stage.push(index);
  const first =
    push.secondsToFirstComment === null ? "" : `, the first after ${push.secondsToFirstComment.toFixed(1)} s`;
  say(`\nPush ${index + 1}, ${push.head.slice(0, 7)}: ${push.label}`);
  say(`  ${push.posted} posted, ${push.addressed} addressed, ${push.standing} left standing${first}`);
  for (const line of push.lines) say(`  ${line}`);
}
