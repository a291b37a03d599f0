import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSessions } from "../../../src/api/sessions.ts";
import { limits } from "../../../src/shared/limits.ts";
import type { Turn } from "../../../src/tasks/ask/turn.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sessions-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const turn = (question: string): Turn => ({
  at: "2026-01-01T00:00:00.000Z",
  kind: "research",
  question,
  answer: "so",
  passages: [{ source: "a.engram", document: "a.md", startLine: 1, endLine: 2, page: null }],
});

const modules = {
  sessions: fileURLToPath(new URL("../../../src/api/sessions.ts", import.meta.url)),
  tsx: fileURLToPath(new URL("../../../node_modules/tsx/dist/loader.mjs", import.meta.url)),
};

describe("sessions", () => {
  it("keep turns in order, for their owner alone, and forget them", async () => {
    const sessions = openSessions({ root });
    expect(sessions.read("talk")).toEqual([]);
    await sessions.add("talk", turn("one"));
    await sessions.add("talk", turn("two"));
    expect(openSessions({ root }).read("talk")).toEqual([turn("one"), turn("two")]);
    expect(sessions.names()).toEqual(["talk"]);
    expect(statSync(join(root, "sessions", "talk.jsonl")).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "sessions")).mode & 0o777).toBe(0o700);
    expect(await sessions.forget("talk")).toBe(true);
    expect(await sessions.forget("talk")).toBe(false);
    expect(readdirSync(join(root, "sessions"))).toEqual([]);
  });

  it("are bounded: the oldest turns go, long texts are cut", async () => {
    const sessions = openSessions({ root });
    const long = "x".repeat(limits.sessionTurnCharacters + 10);
    for (let i = 0; i < limits.sessionTurns + 2; i++) await sessions.add("talk", turn(i === 0 ? long : `q${i}`));
    const turns = sessions.read("talk");
    expect(turns).toHaveLength(limits.sessionTurns);
    expect(turns[0]?.question).toBe("q2");
    await sessions.add("talk", turn(long));
    expect(sessions.read("talk").at(-1)?.question).toHaveLength(limits.sessionTurnCharacters);
  });

  it.each(["", "../etc", "a/b", "A", ".hidden", "a b", "x".repeat(65), "-x"])("refuse the name %j", async (name) => {
    const sessions = openSessions({ root });
    expect(() => sessions.read(name)).toThrow(expect.objectContaining({ code: "bad-session" }));
    await expect(sessions.add(name, turn("q"))).rejects.toMatchObject({ code: "bad-session" });
    await expect(sessions.forget(name)).rejects.toMatchObject({ code: "bad-session" });
  });

  it("pass over lines that are damaged", async () => {
    const sessions = openSessions({ root });
    await sessions.add("talk", turn("one"));
    appendFileSync(join(root, "sessions", "talk.jsonl"), '{"at": 1}\nno json\n{"kind":');
    expect(sessions.read("talk")).toEqual([turn("one")]);
    await sessions.add("talk", turn("two"));
    expect(sessions.read("talk")).toHaveLength(2);
  });

  it("take over the lock of a process that died", async () => {
    const sessions = openSessions({ root });
    await sessions.add("talk", turn("one"));
    const lock = join(root, "sessions", "talk.jsonl.lock");
    writeFileSync(lock, "");
    const long = new Date(Date.now() - 2 * limits.sessionLockMs);
    utimesSync(lock, long, long);
    await sessions.add("talk", turn("two"));
    expect(sessions.read("talk")).toHaveLength(2);
  });

  it("lose no turn when processes write at once", async () => {
    const turns = Math.floor(limits.sessionTurns / 3);
    // Nobody begins before all are there: otherwise a slow start would put one after another.
    const code = `
      const { openSessions } = await import(${JSON.stringify(modules.sessions)});
      const { existsSync, writeFileSync } = await import("node:fs");
      const sessions = openSessions({ root: ${JSON.stringify(root)} });
      writeFileSync(${JSON.stringify(root)} + "/ready-" + process.argv[1], "");
      while (!["a", "b", "c"].every((name) => existsSync(${JSON.stringify(root)} + "/ready-" + name)));
      for (let i = 0; i < ${turns}; i++) {
        await sessions.add("talk", { at: "", kind: "code", question: process.argv[1] + i, answer: "", passages: [] });
      }`;
    const run = (name: string) =>
      promisify(execFile)(process.execPath, ["--import", modules.tsx, "--input-type=module", "-e", code, name]);
    const names = ["a", "b", "c"];
    await Promise.all(names.map(run));
    const questions = openSessions({ root })
      .read("talk")
      .map(({ question }) => question);
    for (const name of names) {
      const own = questions.filter((question) => question.startsWith(name));
      expect(own).toEqual(Array.from({ length: turns }, (_, i) => `${name}${i}`));
    }
  });
});
