import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DashboardData } from "../../src/dashboard/dashboard-data.ts";
import type { Desk } from "../../src/dashboard/desk.ts";
import { serveDashboard } from "../../src/dashboard/serve-dashboard.ts";
import { sampleData } from "../unit/dashboard/sample-data.ts";
import { sampleDesk } from "../unit/dashboard/sample-desk.ts";
import { findChromium, openTab, type Tab } from "./tab.ts";

/** The dashboard in a real browser. Without one the suite is skipped, and says so in its name. */
const chromium = findChromium();

let dir: string;
let server: Server;
let url: string;
let data: DashboardData;
let desk: Desk;
let page: Tab;

beforeAll(async () => {
  if (chromium === null) return;
  dir = mkdtempSync(join(tmpdir(), "dashboard-"));
  data = sampleData();
  desk = sampleDesk();
  // A test may put another desk in its place.
  const current = new Proxy(desk, { get: (_, name: keyof Desk) => desk[name] });
  const answer = serveDashboard({ token: undefined, look: async () => data, desk: current, protocol: "https" });
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`;
  page = await openTab(chromium, dir);
});
afterAll(async () => {
  if (chromium === null) return;
  await page.close();
  server.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
});

const until = (expression: string): Promise<void> => page.until(expression);
const open = (path = ""): Promise<void> => page.open(url + path);
const press = (key: string, code: number): Promise<void> => page.press(key, code);
const screenshot = (name: string): Promise<Buffer> => page.screenshot(name);

describe.skipIf(chromium === null)(`the dashboard in Chromium${chromium ? "" : " (chromium is not installed)"}`, () => {
  it("shows everything without a word on the console", async () => {
    await open();
    expect(await page.value("document.querySelectorAll('section').length")).toBe(8);
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
      for (const [name, path] of Object.entries(pages)) {
        await open(path);
        await page.value("for (const one of document.querySelectorAll('details')) one.open = true");
        images.push(await screenshot(`${name}-${scheme}`));
        expect(await page.value(leastContrast)).toBeGreaterThanOrEqual(7);
      }
    }
    expect(images[0]?.equals(images[3]!)).toBe(false);
    await page.send("Emulation.setEmulatedMedia", { features: [] });
  });

  it("fits a small screen", async () => {
    const small = { width: 360, height: 740, deviceScaleFactor: 1, mobile: true };
    await page.send("Emulation.setDeviceMetricsOverride", small);
    for (const [name, path] of Object.entries(pages)) {
      await open(path);
      await screenshot(`${name}-small`);
      expect(await page.value("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    }
    await page.send("Emulation.clearDeviceMetricsOverride");
  });

  it("shows what is new by itself, and keeps open what the reader has opened", async () => {
    await open();
    await page.value("document.querySelector('#outcomes details').open = true");
    const known = "known" in data.outcomes ? data.outcomes.known : [];
    const fresh = { ...known[2]!, at: new Date(data.at - 1).toISOString(), repository: "github.com/acme/<b>new</b>" };
    data = { ...data, outcomes: { known: [...known, fresh] } };
    await until("document.querySelectorAll('#outcomes details').length === 4");
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
    const answer = serveDashboard({ token: "0123456789abcdef", look: async () => data, desk, protocol: "https" });
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
    await until("document.querySelectorAll('section').length === 8");
    expect(await page.value("document.cookie")).toBe("");
    await page.value("document.forms[0].requestSubmit()");
    await until("document.getElementById('token') !== null");
    guarded.closeAllConnections();
    guarded.close();
  });

  it("asks by keyboard, shows sentences as they come and what each cites beside them", async () => {
    const gate = holder();
    const { ask } = sampleDesk();
    desk = sampleDesk({
      async ask(question, options) {
        const answer = await ask(question, options);
        await gate.held;
        return answer;
      },
    });
    page.said.length = 0;
    await open("/ask");
    await page.value("document.getElementById('q').focus()");
    for (const key of "why") await press(key, key.toUpperCase().charCodeAt(0));
    await press("Enter", 13);
    await until("document.querySelectorAll('#t1 .statement').length === 2");
    expect(await page.value("document.querySelector('#turns').getAttribute('aria-busy')")).toBe("true");
    expect(await page.value("document.querySelectorAll('#t1 .cited li[id]').length")).toBe(3);
    gate.release();
    await until("document.getElementById('said').textContent.startsWith('The answer is there')");
    expect(await page.value("document.querySelector('#t1 .question').textContent")).toBe("why");
    expect(await page.value("location.search")).toContain("conversation=dashboard-");
    await page.value("document.querySelector('#t1 .citation').focus()");
    await press("2", 50);
    expect(await page.value("document.activeElement.id")).toBe("t1-p2");
    await page.value("document.querySelectorAll('#t1 .citation')[2].click()");
    expect(await page.value("document.activeElement.id")).toBe("t1-p3");
    expect(page.said).toEqual([]);
  });

  it("ends the work on an answer that the reader stops", async () => {
    const ended = holder();
    desk = sampleDesk({
      ask: (_, { signal, onEvent }) =>
        new Promise((_resolve, reject) => {
          onEvent?.({ type: "sentence", part: null, sentence: "Half of it.", sources: ["1"] });
          signal.addEventListener("abort", () => {
            ended.release();
            reject(signal.reason as Error);
          });
        }),
    });
    await open("/ask");
    await page.value("document.getElementById('q').value = 'how'; document.getElementById('send').requestSubmit()");
    await until("document.querySelector('#t1 .statement') !== null");
    expect(await page.value("document.activeElement.id")).toBe("stop");
    await press("Enter", 13);
    await ended.held;
    await until("document.getElementById('said').textContent === 'Stopped.'");
    expect(await page.value("document.getElementById('stop').hidden")).toBe(true);
    expect(await page.value("document.getElementById('q').value")).toBe("how");
    desk = sampleDesk();
  });

  it("asks and searches without a script", async () => {
    await page.send("Emulation.setScriptExecutionDisabled", { value: true });
    await open("/ask");
    await page.send("Runtime.evaluate", { expression: "document.getElementById('q').focus()" });
    await page.send("Input.insertText", { text: "why" });
    await press("Tab", 9);
    await press("Enter", 13);
    await until("document.querySelectorAll('#t1 .statement').length === 2");
    await open("/search");
    await page.send("Runtime.evaluate", { expression: "document.getElementById('q').focus()" });
    await page.send("Input.insertText", { text: "price" });
    await press("Tab", 9);
    await press("Enter", 13);
    await until("document.querySelectorAll('.hits li').length === 3");
    await page.send("Emulation.setScriptExecutionDisabled", { value: false });
    expect(page.said).toEqual([]);
  });

  it("says when the service does not answer any more", async () => {
    await open();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await until("look().then(() => document.getElementById('looked').textContent === 'The service does not answer.')");
  });
});

const pages = { overview: "", search: "/search?q=price", ask: "/ask?conversation=dashboard-1" };

/** Something that a test lets go. */
function holder(): { held: Promise<void>; release(): void } {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  return { held, release };
}

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
