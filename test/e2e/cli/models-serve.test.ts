import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openHttpModel } from "../../../src/model/http-model.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const launcher = fileURLToPath(new URL("../../../dist/launch.cjs", import.meta.url));
const folder = temporaryFolder();
const home = join(folder.path, "home");
const messages = [{ role: "user" as const, content: "Does src/report.ts still call parseDate?" }];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
});
afterAll(() => folder.dispose());

interface Serving {
  child: ChildProcess;
  url: string;
  models: { name: string; sha256: string; contextTokens: number; slots: number }[];
  /** What it prints to standard error; grows. */
  errors: () => string;
}

/** Starts the built program as its user would; resolves once it serves. */
async function serve(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Serving> {
  const child = spawn(process.execPath, [launcher, "models", "serve", "--port", "0", "--json", ...args], {
    env: { ...process.env, ASSISTANT_HOME: home, ASSISTANT_API_TOKEN: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let text = "";
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString("utf8")));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString("utf8");
      if (text.includes("\n")) resolve(text);
    });
    child.once("exit", (code) => reject(new Error(`it ended with ${code} before it served: ${errors}`)));
  });
  return { child, ...(JSON.parse(line) as Pick<Serving, "url" | "models">), errors: () => errors };
}

describe("assistant models serve", () => {
  it("serves a model file to our own back end, and ends a stream in an orderly way when it is told to stop", async () => {
    const path = await tinyModel({ ends: false, layers: 12 });
    const { child, url, models, errors } = await serve([path]);
    expect(models).toMatchObject([{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), contextTokens: 4_096 }]);
    const model = await openHttpModel({ url });
    expect(model.identity).toEqual({ name: models[0]?.name, sha256: models[0]?.sha256, backend: "http" });
    expect(model.contextTokens).toBe(4_096);
    expect((await model.generate({ messages, maxTokens: 8 })).generatedTokens).toBe(8);
    let told = false;
    const onText = () => {
      // A second one would end it at once.
      if (!told) told = child.kill("SIGTERM");
    };
    const running = model.generate({ messages, maxTokens: 3_500, onText });
    // Cut off when its time is over, or done before: never a process that dies while it computes.
    const outcome = await running.then(
      () => "answered",
      (error: unknown) => (error as { code?: string }).code,
    );
    expect(["answered", "model-unreachable"]).toContain(outcome);
    if (child.exitCode === null) await once(child, "exit");
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
    expect(errors()).not.toContain("internal error");
    await model.close();
  });

  it("asks other machines for the token, and its key is the one of the client", async () => {
    const token = "a-token-of-24-characters";
    const { child, url } = await serve([await tinyModel(), "--host", "0.0.0.0"], { ASSISTANT_API_TOKEN: token });
    const local = url.replace("0.0.0.0", "127.0.0.1");
    expect((await fetch(`${local.replace(/\/v1$/, "")}/health`)).status).toBe(200);
    await expect(openHttpModel({ url: local })).rejects.toMatchObject({ code: "key-refused" });
    const model = await openHttpModel({ url: local, apiKey: token });
    expect((await model.generate({ messages, maxTokens: 64 })).text).toBe(
      "The second file still calls a removed function.",
    );
    await model.close();
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
  });

  it("says in one line what is wrong", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const taken = String((other.address() as AddressInfo).port);
    const cases: [string[], NodeJS.ProcessEnv, RegExp][] = [
      [["--port", taken], {}, /port \d+ on 127\.0\.0\.1 is in use\. /],
      [["--port", "99999999"], {}, /whole number from 0 to 65535/],
      [["--host", "0.0.0.0"], {}, /there is no token\. Set ASSISTANT_API_TOKEN/],
      [["--host", "0.0.0.0"], { ASSISTANT_API_TOKEN: "short" }, /can be guessed/],
      [["no-such-model", "--port", "0"], {}, /no-such-model/],
      [["/none/model.gguf", "--port", "0"], {}, /\/none\/model\.gguf/],
      [["--port", "0"], {}, /models pull/],
    ];
    for (const [args, env, expected] of cases) {
      const ended = await runCommand(["models", "serve", ...args], home, env);
      expect(ended.stderr).toMatch(expected);
      expect([ended.code, ended.stdout, ended.stderr.trim().split("\n").length]).toEqual([2, "", 1]);
    }
    other.close();
  });
});
