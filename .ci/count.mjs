// Reads a vitest JSON report and prints "PASSED FAILED". With "no-skips" a skipped test counts as failed.
import { readFileSync } from "node:fs";

const [file, skips] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, "utf8"));
const skipped = report.testResults.flatMap((suite) =>
  suite.assertionResults.filter(
    (test) => test.status === "pending" || test.status === "skipped" || test.status === "todo",
  ),
);
for (const test of skipped) process.stderr.write(`skipped: ${test.fullName}\n`);
for (const { fullName, status, failureMessages } of report.testResults.flatMap((suite) => suite.assertionResults)) {
  if (status !== "passed" || failureMessages.length === 0) continue;
  process.stderr.write(`passed at the second attempt: ${fullName}\n  ${failureMessages[0].split("\n")[0]}\n`);
}
// A file that did not even load has no tests to count.
const broken = report.testResults.filter((suite) => suite.status === "failed" && suite.assertionResults.length === 0);
const failed = report.numFailedTests + broken.length + (skips === "no-skips" ? skipped.length : 0);
process.stdout.write(`${report.numPassedTests} ${failed}\n`);
