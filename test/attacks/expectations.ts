import { expect } from "vitest";
import type { Prompt } from "../../src/model/model.ts";
import { expectInert } from "../helpers/inert.ts";
import { outsideBlocks } from "../helpers/prompt-blocks.ts";
import type { Attack } from "./cases.ts";
import { keyOf } from "./obeying-model.ts";

/** What people get to read of a request. */
export function textsOf(body: unknown): string[] {
  const {
    body: text,
    comments = [],
    output,
  } = body as { body?: string; comments?: { body: string }[]; output?: { summary?: string } };
  return [text, output?.summary, ...comments.map((one) => one.body)].filter(
    (one) => one !== undefined && one !== "",
  ) as string[];
}

const secrets =
  /gh[pousr]_\w{20,}|github_pat_\w{22,}|AKIA[A-Z2-7]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----\n\w{10}|npm_\w{36}|eyJ\w{10,}\.eyJ/;

/** @param pages what it may link to */
export function expectHarmless(text: string, pages: RegExp): void {
  expectInert(text, pages);
  expect(text).not.toMatch(secrets);
}

/** No text of a case stands in a prompt but between the marks. */
export function expectToldApart(prompts: readonly Prompt[], cases: readonly Attack[]): void {
  const keys = cases.map(({ text }) => keyOf(text)).filter((key) => key.length > 20);
  for (const prompt of prompts) {
    const outside = outsideBlocks(prompt).replace(/\s+/g, " ");
    for (const key of keys) expect(outside).not.toContain(key);
  }
}
