import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const program = join(import.meta.dirname, "drive-model.ts");

it("survives cancelling, time limits, a full queue, a throwing listener, a dead worker and closing while several slots compute", async () => {
  const path = await tinyModel({ ends: false, layers: 12 });
  const child = spawn(process.execPath, ["--import", "tsx", program, path], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString("utf8")));
  child.stderr.on("data", (data: Buffer) => (err += data.toString("utf8")));
  const exit = await new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  expect({ exit, err }).toEqual({ exit: { code: 0, signal: null }, err: "" });
  expect(out.split("\n")).toEqual([
    "timeout: model-timeout",
    "queue full: model-busy",
    "not begun in time: model-timeout",
    "cancelled while writing: superseded",
    "waiting: answered",
    "waiting: answered",
    expect.stringMatching(/^unsupported schema: schema of a model's answer: answer.n cannot be "number"/),
    "listener: the listener fell over",
    "beside all this: answered",
    "likelihoods: answered",
    "too long: prompt-too-long",
    "another's end: enough",
    "after its worker died: answered",
    "closed while computing: model-timeout",
    "closed while computing: model-timeout",
    "after close: model-closed",
  ]);
});
