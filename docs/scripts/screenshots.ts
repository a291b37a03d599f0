/**
 * Takes the pictures of pages in docs/pictures: the demo's pull request after its first push, the ask page, and the dashboard
 * while the second push is reviewed. Started by hand, where Chromium is installed, and the default model (`assistant models pull`):
 *
 *     npm run build && npx tsx docs/scripts/screenshots.ts
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { findHome } from "../../src/config/home.ts";
import { findChromium, openTab } from "../../test/browser/tab.ts";
import { collectReport } from "../../test/demo/collect-report.ts";
import { renderReport } from "../../test/demo/report.ts";
import { openStage } from "../../test/demo/stage.ts";

const pictures = join(import.meta.dirname, "..", "pictures");
const question = "How is an amount split so that no cent is lost?";

const chromium = findChromium();
if (chromium === null) throw new Error("chromium is not installed");
const startedAt = performance.now();
const dir = mkdtempSync(join(tmpdir(), "screenshots-"));
const stage = await openStage(join(dir, "demo"));
const tab = await openTab(chromium, dir, "1200,1000");
try {
  await stage.push(0);
  await stage.openIssue();
  await review();
  await ask();
  // Reading takes a model minutes; nobody waits for its end.
  linkModels();
  stage.push(1).catch(() => {});
  await dashboard();
} finally {
  await tab.close();
  await stage.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
// The second push is still waited for.
process.exit();

/** Those that are installed for whoever takes the pictures. */
function linkModels(): void {
  const { models } = findHome(process.env);
  const own = join(stage.home, "models");
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(models)) symlinkSync(join(models, name), join(own, name));
}

async function dashboard(): Promise<void> {
  await tab.open(`${stage.url}/dashboard`);
  await tab.until(`document.querySelector('[aria-label="the model reads the change"]') !== null`);
  await take("dashboard");
}

async function ask(): Promise<void> {
  await tab.open(`${stage.url}/dashboard/ask`);
  await tab.value(`document.getElementById("q").value = ${JSON.stringify(question)}`);
  await tab.value(`document.getElementById("send").requestSubmit()`);
  await tab.until(`document.getElementById("said").textContent.startsWith("The answer is there")`);
  await take("ask");
}

async function review(): Promise<void> {
  const file = join(dir, "report.html");
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  writeFileSync(file, renderReport(await collectReport(stage, { kernel: loadKernel(), recommendations: [], seconds })));
  await tab.open(pathToFileURL(file).href);
  await tab.value(`document.querySelector(".review").scrollIntoView()`);
  await take("review");
}

async function take(name: string): Promise<void> {
  const image = await tab.screenshot(name, { whole: false });
  writeFileSync(join(pictures, `${name}.png`), image);
  process.stdout.write(`${name}.png: ${Math.ceil(image.length / 1_000)} kB\n`);
}
