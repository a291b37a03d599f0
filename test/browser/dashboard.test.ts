import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DashboardData } from "../../src/dashboard/dashboard-data.ts";
import { serveDashboard } from "../../src/dashboard/serve-dashboard.ts";
import { sampleData } from "../unit/dashboard/sample-data.ts";

/** The dashboard in a real browser. Without one the suite is skipped, and says so in its name. */
const chromium = findChromium();

function findChromium(): string | null {
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

let dir: string;
let server: Server;
let url: string;
let data: DashboardData;
let browser: ChildProcess;
let page: Page;

beforeAll(async () => {
  if (chromium === null) return;
  dir = mkdtempSync(join(tmpdir(), "dashboard-"));
  data = sampleData();
  const answer = serveDashboard({ token: undefined, look: async () => data });
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`;
  page = await openPage();
});
afterAll(async () => {
  if (chromium === null) return;
  await page.close();
  server.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

interface Page {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** The value of an expression in the page. */
  value(expression: string): Promise<unknown>;
  /** What the page said to the console, or was kept from. */
  said: string[];
  close(): Promise<void>;
}

/** A tab that is driven as a person would, by Chromium's own protocol. Root may not use Chromium's sandbox. */
async function openPage(): Promise<Page> {
  const quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
  const flags = ["--headless", "--no-sandbox", "--remote-debugging-port=0", "--window-size=1100,1600", ...quiet];
  browser = spawn(chromium ?? "", [...flags, `--user-data-dir=${join(dir, "profile")}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const port = await debuggingPort(browser);
  const tabs = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Record<string, string>[];
  const socket = new WebSocket(tabs.find(({ type }) => type === "page")?.["webSocketDebuggerUrl"] ?? "");
  await new Promise((done) => socket.addEventListener("open", done));
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  const said: string[] = [];
  socket.addEventListener("message", ({ data: text }) => {
    const told = JSON.parse(String(text)) as { id?: number; method?: string; result?: Record<string, unknown> };
    if (told.id !== undefined) waiting.get(told.id)?.(told.result ?? {});
    else if (/^(?:Log\.entryAdded|Runtime\.(?:consoleAPICalled|exceptionThrown))$/.test(told.method ?? ""))
      said.push(String(text));
  });
  let last = 0;
  const send: Page["send"] = (method, params = {}) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  for (const domain of ["Page", "Runtime", "Log"]) await send(`${domain}.enable`);
  return {
    send,
    said,
    async value(expression) {
      const { result } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      return (result as { value?: unknown } | undefined)?.value;
    },
    async close() {
      const ended = once(browser, "exit");
      await send("Page.disable");
      browser.kill();
      await ended;
    },
  };
}

async function debuggingPort({ stderr }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stderr! })) {
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error("Chromium ended before it listened");
}

/** Asks the page until it is so, however slow the machine is; the test's own time limit ends it. */
async function until(expression: string): Promise<void> {
  while ((await page.value(expression)) !== true) await new Promise((done) => setTimeout(done, 50));
}

async function open(): Promise<void> {
  await page.send("Page.navigate", { url });
  await until(`location.href === ${JSON.stringify(url)} && document.readyState === "complete"`);
}

async function press(key: string, code: number): Promise<void> {
  const event = { key, code: key, windowsVirtualKeyCode: code, ...(key === "Enter" && { text: "\r" }) };
  await page.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
  await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
}

/** Where ENGRAM_SCREENSHOTS names a folder, the page as it looked. */
async function screenshot(name: string): Promise<Buffer> {
  const { data: image } = await page.send("Page.captureScreenshot", { captureBeyondViewport: true });
  const bytes = Buffer.from(String(image), "base64");
  const folder = process.env["ENGRAM_SCREENSHOTS"];
  if (folder !== undefined) writeFileSync(join(folder, `${name}.png`), bytes);
  return bytes;
}

describe.skipIf(chromium === null)(`the dashboard in Chromium${chromium ? "" : " (chromium is not installed)"}`, () => {
  it("shows everything without a word on the console", async () => {
    await open();
    expect(await page.value("document.querySelectorAll('section').length")).toBe(7);
    expect(await page.value("document.querySelectorAll('table').length")).toBeGreaterThan(7);
    await screenshot("light");
    expect(page.said).toEqual([]);
  });

  it("leads by keyboard to every link, fold and table, and shows where the reader is", async () => {
    await open();
    await page.value("for (const one of document.querySelectorAll('details')) one.open = true");
    const stops = Number(await page.value("document.querySelectorAll('a, summary, input, .table').length"));
    const seen = new Set<unknown>();
    for (let step = 0; step < stops; step++) {
      await press("Tab", 9);
      seen.add(await page.value("[...document.querySelectorAll('*')].indexOf(document.activeElement)"));
      expect(await page.value("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    }
    expect(seen.size).toBe(stops);

    await open();
    await press("Tab", 9);
    await press("Enter", 13);
    expect(await page.value("document.activeElement.id")).toBe("main");
  });

  it("has contrast enough in light and in dark", async () => {
    const images: Buffer[] = [];
    for (const scheme of ["light", "dark"]) {
      await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await open();
      await page.value("for (const one of document.querySelectorAll('details')) one.open = true");
      images.push(await screenshot(`open-${scheme}`));
      expect(await page.value(leastContrast)).toBeGreaterThanOrEqual(7);
    }
    expect(images[0]?.equals(images[1]!)).toBe(false);
    await page.send("Emulation.setEmulatedMedia", { features: [] });
  });

  it("fits a small screen", async () => {
    const small = { width: 360, height: 740, deviceScaleFactor: 1, mobile: true };
    await page.send("Emulation.setDeviceMetricsOverride", small);
    await open();
    await screenshot("small");
    expect(await page.value("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.send("Emulation.clearDeviceMetricsOverride");
  });

  it("shows what is new by itself, and keeps open what the reader has opened", async () => {
    await open();
    await page.value("document.querySelector('#outcomes details').open = true");
    const known = "known" in data.outcomes ? data.outcomes.known : [];
    const fresh = { ...known[2]!, at: new Date(data.at - 1).toISOString(), repository: "github.com/acme/<b>new</b>" };
    data = { ...data, outcomes: { known: [...known, fresh] } };
    await until("document.querySelectorAll('#outcomes details').length === 5");
    expect(await page.value("document.querySelector('#outcomes details').open")).toBe(true);
    expect(await page.value("document.querySelector('#outcomes').textContent")).toContain("<b>new</b>");
    expect(page.said).toEqual([]);
  });

  it("leaves alone what the reader stands in by keyboard, and makes up for it afterwards", async () => {
    await open();
    await press("Tab", 9);
    while ((await page.value("document.activeElement.closest('#queue') !== null")) !== true) await press("Tab", 9);
    data = { ...data, at: data.at + 60_000, queue: { problem: "no queue" } };
    await until("look().then(() => document.getElementById('looked').textContent.includes('12:01:00'))");
    expect(await page.value("document.querySelector('#queue').textContent.includes('no queue')")).toBe(false);
    expect(await page.value("document.activeElement.closest('#queue') !== null")).toBe(true);
    await page.value("document.activeElement.blur()");
    await until("look().then(() => document.querySelector('#queue').textContent.includes('no queue'))");
  });

  it("signs a reader in and out, with a cookie that no script sees", async () => {
    const answer = serveDashboard({ token: "0123456789abcdef", look: async () => data });
    const guarded = createServer((request, response) => void answer(request, response));
    await new Promise<void>((done) => guarded.listen(0, "127.0.0.1", done));
    const at = `http://127.0.0.1:${(guarded.address() as AddressInfo).port}/dashboard`;
    const signIn = async (token: string): Promise<void> => {
      await until("document.getElementById('token') !== null && document.readyState === 'complete'");
      await page.value(`document.getElementById('token').value = '${token}'; document.forms[0].requestSubmit()`);
    };
    await page.send("Page.navigate", { url: at });
    await signIn("not the token");
    await until("document.querySelector('[role=alert]') !== null");
    await screenshot("login");
    await signIn("0123456789abcdef");
    await until("document.querySelectorAll('section').length === 7");
    expect(await page.value("document.cookie")).toBe("");
    await page.value("document.forms[0].requestSubmit()");
    await until("document.getElementById('token') !== null");
    guarded.closeAllConnections();
    guarded.close();
  });

  it("says when the service does not answer any more", async () => {
    await open();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await until("look().then(() => document.getElementById('looked').textContent === 'The service does not answer.')");
  });
});

/** The least contrast of any text to what lies behind it, as WCAG 2 computes it. */
const leastContrast = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll("body *:not(script)")].filter((one) =>
    [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ""));
  return Math.min(...texts.map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
})()`;
