import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkRoom, writeApp } from "../../../src/commands/setup-files.ts";
import { findHome, type Home } from "../../../src/config/home.ts";
import type { AssistantError } from "../../../src/shared/errors.ts";

const app = { id: 7, name: "A", html_url: "https://github.com/apps/a", pem: "KEY", webhook_secret: null };
const github = { host: "github.com", protocol: "https" } as const;

let home: Home;
beforeEach(() => {
  home = findHome({ ASSISTANT_HOME: mkdtempSync(join(tmpdir(), "setup-files-")) });
});
afterEach(() => rmSync(home.root, { recursive: true }));

const failure = (force: boolean): AssistantError => {
  try {
    writeApp(home, app, github, force);
  } catch (error) {
    return error as AssistantError;
  }
  throw new Error("it was written");
};

describe("what set-up keeps", () => {
  it("is for this user alone", () => {
    writeApp(home, app, github, false);

    const keyPath = join(home.root, "app-7.private-key.pem");
    expect(readFileSync(home.appEnv, "utf8").split("\n").slice(1)).toEqual([
      "APP_ID=7",
      "PRIVATE_KEY_PATH=app-7.private-key.pem",
      "",
    ]);
    expect([home.appEnv, keyPath].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(readdirSync(home.root)).toHaveLength(2);
  });

  it("never takes the place of what came meanwhile, and the key is not lost", () => {
    writeFileSync(home.appEnv, "APP_ID=1\n");

    expect(() => checkRoom(home, false)).toThrow("an app is set up already");
    expect(failure(false)).toMatchObject({
      code: "app-not-written",
      remedy: expect.stringContaining("Its key is in "),
    });
    expect(readFileSync(home.appEnv, "utf8")).toBe("APP_ID=1\n");
    expect(readFileSync(join(home.root, "app-7.private-key.pem"), "utf8")).toBe("KEY\n");
  });

  it("says how to come by a key where not even that could be written", () => {
    mkdirSync(join(home.root, `app-7.private-key.pem.${process.pid}`));

    expect(failure(true).remedy).toMatch(/^GitHub does not show its key again: delete the app \(https:/);
  });
});
