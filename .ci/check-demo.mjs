// Runs the demo as a visitor would and holds its last line against what it promises.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const { status, stdout } = spawnSync("npm", ["run", "-s", "demo", "--", "--json"], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
process.stdout.write(stdout);
const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
const promises = {
  "the demo ends well": status === 0,
  "three findings are posted": result.pushes?.posted === 3,
  "two are marked as addressed": result.pushes?.addressed === 2,
  "nothing is said twice": result.pushes?.repeated === 0,
  "every planted problem is named": Object.values(result.planted ?? { none: false }).every(Boolean),
  "every citation of the review resolves":
    result.review?.citations > 0 && result.review.citations === result.review.resolved,
  "the issue is triaged, every citation resolves":
    result.triage?.comments === 1 && result.triage.citations === result.triage.resolved,
  "a model ran": typeof result.model === "string",
  "the page is written": typeof result.report === "string" && existsSync(result.report),
};
const broken = Object.entries(promises).filter(([, kept]) => !kept);
for (const [promise] of broken) process.stderr.write(`not kept: ${promise}\n`);
process.exit(broken.length === 0 ? 0 : 1);
