import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../demo/report.ts";
import { sampleReport } from "../unit/demo/sample-report.ts";

/** The demo's page in a real browser. Without one the suite is skipped, and says so in its name. */
const chromium = findChromium();

function findChromium(): string | null {
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

let dir: string;
let page: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "report-"));
  page = join(dir, "report.html");
  writeFileSync(page, renderReport(await sampleReport()));
});
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }));

/** Root may not use Chromium's sandbox; nothing is resolved, so a page that asks for anything shows it. */
async function open(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const closed = ["--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"];
  const profile = `--user-data-dir=${mkdtempSync(join(dir, "profile-"))}`;
  const flags = ["--headless", "--no-sandbox", ...quiet, ...closed, profile, "--enable-logging=stderr", ...args];
  return promisify(execFile)(chromium ?? "", [...flags, pathToFileURL(page).href], { maxBuffer: 64e6 });
}

describe.skipIf(chromium === null)(`the report in Chromium${chromium ? "" : " (chromium is not installed)"}`, () => {
  it("loads without an error and asks for nothing", async () => {
    const { stderr } = await open("--dump-dom");
    expect(stderr).not.toMatch(/CONSOLE|net_error|Refused to/);
  });

  it("leads every link inside the page to a place that exists", async () => {
    const { stdout } = await open("--dump-dom");
    const targets = [...stdout.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id ?? "");
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((id) => !stdout.includes(`id="${id}"`))).toEqual([]);
  });

  it("draws something, in the dark as well", async () => {
    const light = join(dir, "light.png");
    const dark = join(dir, "dark.png");
    await open(`--screenshot=${light}`, "--window-size=1100,1600", "--blink-settings=preferredColorScheme=1");
    await open(
      `--screenshot=${dark}`,
      "--window-size=1100,1600",
      "--force-dark-mode",
      "--enable-features=WebContentsForceDark",
    );
    expect(readFileSync(light).length).toBeGreaterThan(50_000);
    expect(readFileSync(dark).equals(readFileSync(light))).toBe(false);
  });
});
