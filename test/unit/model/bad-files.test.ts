import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGgufHeader } from "../../../src/model/gguf-header.ts";
import { type GgufValue, writeGguf } from "../../../src/model/gguf-writer.ts";
import { type LlamaModel, loadLlamaModel } from "../../../src/model/llama-model.ts";
import { checkWeights, sha256Of } from "../../../src/model/weights.ts";
import type { AssistantError } from "../../../src/shared/errors.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "bad-files-"));
const file = (name: string) => join(folder, name);
const ask = { messages: [{ role: "user" as const, content: "Go on." }], maxTokens: 4 };
let tiny: string;
let size: number;

beforeAll(async () => {
  tiny = await tinyModel();
  size = statSync(tiny).size;
});
afterAll(() => rmSync(folder, { recursive: true }));

function copy(name: string): string {
  copyFileSync(tiny, file(name));
  return file(name);
}

function written(name: string, content: string | Buffer): string {
  writeFileSync(file(name), content);
  return file(name);
}

function cut(name: string, bytes: number): string {
  truncateSync(copy(name), bytes);
  return file(name);
}

/** Overwrites a part of a copy of the tiny model. */
function patched(name: string, at: number, bytes: Buffer): string {
  const handle = openSync(copy(name), "r+");
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
  return file(name);
}

function head(version: number, tensors: bigint, entries: bigint): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.write("GGUF");
  bytes.writeUInt32LE(version, 4);
  bytes.writeBigUInt64LE(tensors, 8);
  bytes.writeBigUInt64LE(entries, 16);
  return bytes;
}

async function refusal(path: string, expected?: Parameters<typeof checkWeights>[1]): Promise<AssistantError> {
  const workers = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
  const before = workers();
  const files = readdirSync(folder).length;
  const error = await loadLlamaModel({ path, expected }).then(
    () => new Error("it was loaded"),
    (reason: unknown) => reason as AssistantError,
  );
  expect(error.name).toBe("AssistantError");
  // One line with the cause, one sentence that says what to do; no thread and no file stays behind.
  expect(error.message).not.toContain("\n");
  expect((error as AssistantError).remedy).toMatch(/^[A-Z].*\.$/s);
  expect(workers()).toBe(before);
  expect(readdirSync(folder)).toHaveLength(files);
  return error as AssistantError;
}

describe("a file that is no whole model", () => {
  it.each<[string, () => string, string, string]>([
    ["a missing file", () => file("missing.gguf"), "model-missing", "there is no model file at"],
    ["a folder", () => (mkdirSync(file("folder.gguf")), file("folder.gguf")), "model-corrupt", "it is a folder"],
    ["an empty file", () => written("empty.gguf", ""), "model-corrupt", "it ends too early"],
    [
      "a pointer of Git LFS",
      () => written("pointer.gguf", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
      "model-corrupt",
      "a pointer of Git LFS: run `git lfs pull`",
    ],
    ["a web page", () => written("page.gguf", "<!DOCTYPE html><html>"), "model-corrupt", "a web page"],
    ["another format", () => written("other.gguf", Buffer.alloc(4_096, 7)), "model-corrupt", "it is not a GGUF file"],
    ["the magic alone", () => written("magic.gguf", "GGUF"), "model-corrupt", "it ends too early"],
    [
      "a huge number of tensors",
      () => written("tensors.gguf", Buffer.concat([head(3, 2n ** 62n, 0n), Buffer.alloc(1_000)])),
      "model-corrupt",
      "it claims 4611686018427388000 tensors, more than its 1024 bytes can hold",
    ],
    [
      "a huge number of keys",
      () => written("keys.gguf", Buffer.concat([head(3, 0n, 2n ** 40n), Buffer.alloc(1_000)])),
      "model-corrupt",
      "entries of metadata, more than its 1024 bytes can hold",
    ],
    [
      "a version of tomorrow",
      () => written("version.gguf", Buffer.concat([head(9, 0n, 0n), Buffer.alloc(1_000)])),
      "model-corrupt",
      "GGUF version 9 is not supported",
    ],
    [
      "the other byte order",
      () => written("endian.gguf", Buffer.concat([head(0x03000000, 0n, 0n), Buffer.alloc(1_000)])),
      "model-corrupt",
      "big-endian",
    ],
    ["a file cut in its head", () => cut("cut-head.gguf", 20), "model-corrupt", "it ends too early"],
    ["a file cut in its metadata", () => cut("cut-metadata.gguf", 4_000), "model-corrupt", "it ends too early"],
    [
      "half a file",
      () => cut("half.gguf", size >> 1),
      "model-corrupt",
      "bytes are missing, the first of them in tensor",
    ],
    ["a file without its last 100 bytes", () => cut("last.gguf", size - 100), "model-corrupt", "100 bytes are missing"],
  ])("refuses %s", async (_name, path, code, message) => {
    const error = await refusal(path());
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("refuses a file without weights, and an adapter", async () => {
    const text = (value: string): GgufValue => ({ type: "string", value });
    await writeGguf(file("vocabulary.gguf"), { "general.architecture": text("llama") }, []);
    expect((await refusal(file("vocabulary.gguf"))).message).toContain("it holds no weights");
    const adapter = { "general.architecture": text("llama"), "general.type": text("adapter") };
    await writeGguf(file("adapter.gguf"), adapter, []);
    expect((await refusal(file("adapter.gguf"))).message).toContain("name it under models.llama.lora");
  });

  it("refuses a file that was given its size before its content", async () => {
    const sparse = copy("sparse.gguf");
    truncateSync(sparse, size - 500_000);
    truncateSync(sparse, size);
    // Under a megabyte nobody can tell; a real model is larger.
    expect((await checkWeights(sparse)).zeroBytes).toBeGreaterThan((await checkWeights(tiny)).zeroBytes);
    const large = copy("sparse-large.gguf");
    truncateSync(large, size + 3_000_000);
    expect((await refusal(large)).message).toContain("its last 3 MB are empty");
  });

  it("refuses an unknown kind of model in llama.cpp's words", async () => {
    const bytes = readFileSync(tiny);
    // The same length, so that nothing moves: the name itself and the keys that begin with it.
    const renamed = Buffer.from(bytes.toString("latin1").replaceAll("llama", "lambda".slice(0, 5)), "latin1");
    const error = await refusal(written("unknown.gguf", renamed));
    expect(error.message).toContain("unknown model architecture: 'lambd'");
  });
});

describe("damaged weights", () => {
  it("are refused where the SHA-256 is known", async () => {
    const sha256 = await sha256Of(tiny);
    const { dataOffset } = await readGgufHeader(tiny);
    const path = patched("zeroed.gguf", dataOffset, Buffer.alloc(500_000));
    const error = await refusal(path, { bytes: size, sha256 });
    expect(error).toMatchObject({ code: "model-corrupt", message: expect.stringContaining("its SHA-256 is") });
  });

  it("cannot be told from sound ones where it is not; what is empty is counted", async () => {
    const { dataOffset } = await readGgufHeader(tiny);
    const path = patched("zeroed-unknown.gguf", dataOffset, Buffer.alloc(500_000));
    const [damaged, sound] = [await checkWeights(path), await checkWeights(tiny)];
    expect(damaged.sha256).not.toBe(sound.sha256);
    expect(damaged.zeroBytes - sound.zeroBytes).toBeGreaterThan(300_000);
  });

  it("that are no numbers end no process", async () => {
    const { dataOffset } = await readGgufHeader(tiny);
    const path = patched("nan.gguf", dataOffset, Buffer.alloc(400_000, 0x7e));
    const model = await loadLlamaModel({ path, options: { slots: 1, requestMs: 60_000 } }).catch(
      (error: unknown) => error as AssistantError,
    );
    // llama.cpp may refuse them; where it does not, what comes is nonsense, and no more than was asked for.
    if (!("generate" in model)) expect(model.code).toBe("model-corrupt");
    else {
      const answer = await model.generate(ask).catch((error: unknown) => error as AssistantError);
      if ("generatedTokens" in answer) expect(answer.generatedTokens).toBeLessThanOrEqual(4);
      await model.close();
    }
  });
});

describe("a model that is loaded", () => {
  let model: LlamaModel;
  let path: string;
  beforeAll(async () => {
    path = copy("loaded.gguf");
    model = await loadLlamaModel({ path, options: { slots: 1, mmap: true } });
  });
  afterAll(() => model.close());

  it("goes on while another file is installed in its place by rename, and while it is deleted", async () => {
    const before = await model.generate(ask);
    writeFileSync(file("next.gguf"), Buffer.alloc(10));
    renameSync(file("next.gguf"), path);
    expect((await model.generate(ask)).text).toBe(before.text);
    rmSync(path);
    expect((await model.generate(ask)).text).toBe(before.text);
    expect(await model.countTokens("Go on.")).toBeGreaterThan(0);
  });

  it("refuses a prompt that is larger than its context, and answers the next one", async () => {
    const content = "calls a removed function. ".repeat(4_000);
    await expect(model.generate({ messages: [{ role: "user", content }], maxTokens: 4 })).rejects.toMatchObject({
      code: "prompt-too-long",
      message: expect.stringMatching(/^the prompt has \d+ tokens; with its answer it must fit in 4096$/),
    });
    expect((await model.generate(ask)).generatedTokens).toBeGreaterThan(0);
  });
});

it("is refused for chats where it has no chat template, and goes on with plain text", async () => {
  const bytes = readFileSync(tiny).toString("latin1").replace("tokenizer.chat_template", "tokenizer.chat_nothing_");
  const path = written("no-template.gguf", Buffer.from(bytes, "latin1"));
  expect((await readGgufHeader(path)).hasChatTemplate).toBe(false);
  const model = await loadLlamaModel({ path, options: { slots: 1 } });
  await expect(model.generate(ask)).rejects.toMatchObject({ code: "no-chat-template" });
  expect((await model.generate({ messages: "The second", maxTokens: 4 })).text).not.toBe("");
  await model.close();
});
