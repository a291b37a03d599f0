import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "undici";

/** A tab of a headless Chromium that is driven as a person would, by the browser's own protocol. */
export interface Tab {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** The value of an expression in the page. */
  value(expression: string): Promise<unknown>;
  /** Asks the page until it is so, however slow the machine is. */
  until(expression: string): Promise<void>;
  /** Goes to an address, and waits until the page is there. */
  open(url: string): Promise<void>;
  press(key: string, code: number): Promise<void>;
  /** What stands in the window, or all of the page; kept as well where ENGRAM_SCREENSHOTS names a folder. */
  screenshot(name: string, options?: { whole?: boolean }): Promise<Buffer>;
  /** What the page said to the console, or was kept from. */
  said: string[];
  close(): Promise<void>;
}

/** Null where there is no Chromium. */
export function findChromium(): string | null {
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

/** @param dir for the browser's profile */
export async function openTab(chromium: string, dir: string, size = "1100,1600"): Promise<Tab> {
  const quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
  // Root may not use Chromium's sandbox.
  const flags = ["--headless", "--no-sandbox", "--remote-debugging-port=0", `--window-size=${size}`, ...quiet];
  const browser = spawn(chromium, [...flags, `--user-data-dir=${join(dir, "profile")}`, "about:blank"], {
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
  const send: Tab["send"] = (method, params = {}) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  for (const domain of ["Page", "Runtime", "Log"]) await send(`${domain}.enable`);
  const tab: Tab = {
    send,
    said,
    async value(expression) {
      const { result } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      return (result as { value?: unknown } | undefined)?.value;
    },
    async until(expression) {
      while ((await tab.value(expression)) !== true) await new Promise((done) => setTimeout(done, 50));
    },
    async open(url) {
      await send("Page.navigate", { url });
      await tab.until(`location.href === ${JSON.stringify(url)} && document.readyState === "complete"`);
    },
    async press(key, code) {
      const typed = key === "Enter" ? "\r" : key;
      const event = { key, code: key, windowsVirtualKeyCode: code, ...(typed.length === 1 && { text: typed }) };
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    async screenshot(name, { whole = true } = {}) {
      const { data: image } = await send("Page.captureScreenshot", { captureBeyondViewport: whole });
      const bytes = Buffer.from(String(image), "base64");
      const folder = process.env["ENGRAM_SCREENSHOTS"];
      if (folder !== undefined) writeFileSync(join(folder, `${name}.png`), bytes);
      return bytes;
    },
    async close() {
      const ended = once(browser, "exit");
      await send("Page.disable");
      browser.kill();
      await ended;
    },
  };
  return tab;
}

async function debuggingPort({ stderr }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stderr! })) {
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error("Chromium ended before it listened");
}
