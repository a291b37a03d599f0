import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResearchAnswer } from "../../../src/tasks/research/answer.ts";
import { ended, runCommand, startCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();

beforeAll(async () => {
  const docs = join(home.path, "docs");
  mkdirSync(docs);
  writeFileSync(join(docs, "guide.md"), "# Guide\n\nA failed request is retried three times.\n");
  await runCommand(["ingest", "-i", docs, "-e", join(home.path, "docs.engram")], home.path);
});
afterAll(() => home.dispose());

describe("assistant api", () => {
  it("answers on loopback until it is told to stop, with the token where one is set", async () => {
    const token = "a-token-that-is-long-enough";
    const child = startCommand(["api", "--port", "0", "--json", "--no-model"], home.path, {
      ASSISTANT_API_TOKEN: token,
    });
    const end = ended(child);
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on("data", (data: Buffer) => resolve((JSON.parse(data.toString("utf8")) as { url: string }).url));
      child.once("close", () => reject(new Error("it ended")));
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const body = JSON.stringify({ task: "how often is a request retried", engram: [join(home.path, "docs.engram")] });
    const ask = (headers: Record<string, string>) =>
      fetch(`${url}/v1/research`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
      });
    expect((await ask({})).status).toBe(401);
    const answer = (await (await ask({ authorization: `Bearer ${token}` })).json()) as ResearchAnswer;
    expect(answer.parts[0]?.statements[0]?.sentence).toBe("A failed request is retried three times.");
    const stream = await (await ask({ authorization: `Bearer ${token}`, accept: "text/event-stream" })).text();
    expect(stream.match(/^event: \w+$/gm)).toEqual(["event: status", "event: passage", "event: done"]);
    child.kill("SIGTERM");
    expect((await end).code).toBe(0);
  });

  it("does not listen for other machines without a token", async () => {
    const { code, stderr } = await runCommand(["api", "--host", "0.0.0.0", "--port", "0"], home.path);
    expect(stderr).toContain("there is no token");
    expect(code).toBe(2);
  });
});
