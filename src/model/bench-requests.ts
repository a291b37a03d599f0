import { readFile } from "node:fs/promises";
import { z } from "zod";
import { limits } from "../shared/limits.ts";
import type { Model, Prompt } from "./model.ts";

export interface RequestsSpeed {
  /** Requests at the same time. */
  atOnce: number;
  /** Of all requests together, by the clock on the wall. */
  readTokensPerSecond: number;
  writtenTokensPerSecond: number;
}

export interface BenchOptions {
  /** Whether the model has a chat; one that has none goes on with a text. */
  chat: boolean;
  signal?: AbortSignal;
}

/** Tokens of each prompt: two slices and a half, a third of what a part of a change takes. */
const promptTokens = 2.5 * limits.prefillSliceTokens;
/** Long enough that every model writes a few dozen tokens, whatever it would like to say. */
const forcedAnswer = z.object({ text: z.string().min(150).max(200) });

/**
 * Times so many requests at once: first they only read, then they read as much again and write besides. The difference is
 * the writing. Every prompt begins with words of its own, so that nothing was computed before.
 */
export async function benchRequests(model: Model, atOnce: number, options: BenchOptions): Promise<RequestsSpeed> {
  const { signal } = options;
  const reading = await timed(model, atOnce, options, (messages) => model.generate({ messages, maxTokens: 1, signal }));
  const writing = await timed(model, atOnce, options, (messages) =>
    model.generate({ messages, maxTokens: 300, schema: forcedAnswer, signal }),
  );
  const written = writing.generatedTokens - reading.generatedTokens;
  const perPrompt = reading.ms / reading.promptTokens;
  // On a busy machine the second reading may have been the faster one.
  const writtenMs = Math.max(writing.ms - perPrompt * writing.promptTokens, writing.ms / 10);
  return {
    atOnce,
    readTokensPerSecond: (reading.promptTokens / reading.ms) * 1000,
    writtenTokensPerSecond: (written / writtenMs) * 1000,
  };
}

/** Milliseconds from a short question to the first piece of its answer; null where the model answered in one piece. */
export async function firstTokenMs(model: Model, { chat, signal }: BenchOptions): Promise<number | null> {
  const question = `What is a pull request? (${process.hrtime.bigint()})`;
  const begun = performance.now();
  let first: number | null = null;
  await model.generate({
    messages: promptOf(question, chat),
    maxTokens: 4,
    onText: () => (first ??= performance.now() - begun),
    signal,
  });
  return first;
}

/**
 * Memory of this process, of which pages that others use too count in part; null where the system does not tell. Weights
 * that llama.cpp maps are in it as far as they were read.
 */
export async function processBytes(): Promise<number | null> {
  const text = await readFile("/proc/self/smaps_rollup", "utf8").catch(() => "");
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

interface Timed {
  ms: number;
  promptTokens: number;
  generatedTokens: number;
}

async function timed(
  model: Model,
  atOnce: number,
  { chat }: BenchOptions,
  ask: (messages: Prompt) => Promise<{ promptTokens: number; generatedTokens: number }>,
): Promise<Timed> {
  const prompts = await Promise.all(Array.from({ length: atOnce }, () => longPrompt(model, chat)));
  const begun = performance.now();
  const answers = await Promise.all(prompts.map(ask));
  const ms = performance.now() - begun;
  const sum = (pick: (answer: { promptTokens: number; generatedTokens: number }) => number) =>
    answers.reduce((total, answer) => total + pick(answer), 0);
  return { ms, promptTokens: sum((one) => one.promptTokens), generatedTokens: sum((one) => one.generatedTokens) };
}

async function longPrompt(model: Model, chat: boolean): Promise<Prompt> {
  const line = "  return orders.slice((page - 1) * size, page * size).map((order) => order.id);\n";
  const lines = Math.ceil(promptTokens / (await model.countTokens(line)));
  const content = `${process.hrtime.bigint()} ${Math.random()}\n${line.repeat(lines)}What does this code do?`;
  return promptOf(content, chat);
}

function promptOf(content: string, chat: boolean): Prompt {
  return chat ? [{ role: "user", content }] : content;
}
