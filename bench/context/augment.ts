import type { EngramView } from "../../src/engram/engram.ts";
import type { Model } from "../../src/model/model.ts";
import { findContinuations } from "../../src/retrieval/continuations.ts";
import { isOrdinaryPath } from "../../src/retrieval/ordinary-path.ts";
import type { CompletionCase } from "./cases.ts";

/** What stands in front of the lines before the place: nothing, or so many tokens of one kind. */
export const contexts = ["none", "same_file", "random", "evidence"] as const;
export type ContextKind = (typeof contexts)[number];

export interface AugmentOptions {
  kind: ContextKind;
  /** Most tokens of the context, by the model's own tokenizer. */
  tokens: number;
  random: () => number;
}

/** The text that a model goes on with. */
export async function promptFor(
  model: Model,
  view: EngramView,
  one: CompletionCase,
  options: AugmentOptions,
): Promise<string> {
  const own = one.before.join("\n") + "\n";
  switch (options.kind) {
    case "none":
      return titled(one.path, own);
    case "same_file": {
      // What stands right above, as much as fits; then what stands below the place in the file as it was.
      const above = await lastLines(model, one.above, options.tokens);
      const left = options.tokens - (await count(model, above));
      const old = view.text(one.path)?.split("\n").slice(one.known.endLine) ?? [];
      const below = left > 0 ? await firstLines(model, old, left) : "";
      return (below === "" ? "" : titled(one.path, below) + "\n") + titled(one.path, above + own);
    }
    case "random":
      return (await firstLines(model, randomLines(view, one, options.random), options.tokens)) + titled(one.path, own);
    case "evidence":
      return (await evidenceFor(model, view, one, options.tokens)) + titled(one.path, own);
  }
}

/** Retrieved places, the best one last: next to where the text goes on. */
async function evidenceFor(model: Model, view: EngramView, one: CompletionCase, tokens: number): Promise<string> {
  const places = findContinuations(view, { ...one, k: 6, citeCommit: () => one.commit });
  let text = "";
  let left = tokens;
  for (const { citation, text: quoted } of places) {
    if (citation.kind !== "code") continue;
    const block = await firstLines(model, [`// ${citation.path}`, ...quoted.split("\n"), ""], left);
    left -= await count(model, block);
    text = block + text;
    if (left <= 16) break;
  }
  return text;
}

function randomLines(view: EngramView, one: CompletionCase, random: () => number): string[] {
  const paths = view
    .paths()
    .filter((path) => path !== one.path && isOrdinaryPath(path) && view.chunks(path).length > 0);
  const path = paths[Math.floor(random() * paths.length)] ?? "";
  const chunks = view.chunks(path);
  const chunk = chunks[Math.floor(random() * chunks.length)];
  const lines = view.text(path)?.split("\n") ?? [];
  return [`// ${path}`, ...lines.slice((chunk?.startLine ?? 1) - 1, (chunk?.startLine ?? 1) + 80), ""];
}

function titled(path: string, text: string): string {
  return `// ${path}\n${text}`;
}

async function count(model: Model, text: string): Promise<number> {
  return text === "" ? 0 : model.countTokens(text);
}

/** As many whole lines from the beginning as fit. */
async function firstLines(model: Model, lines: string[], tokens: number): Promise<string> {
  return fitting(model, tokens, lines.length, (length) => lines.slice(0, length));
}

/** As many whole lines from the end as fit. */
async function lastLines(model: Model, lines: string[], tokens: number): Promise<string> {
  return fitting(model, tokens, lines.length, (length) => lines.slice(lines.length - length));
}

async function fitting(
  model: Model,
  tokens: number,
  most: number,
  take: (length: number) => string[],
): Promise<string> {
  const text = (length: number): string => (length === 0 ? "" : take(length).join("\n") + "\n");
  let fits = 0;
  let tooMany = most + 1;
  while (tooMany - fits > 1) {
    const length = (fits + tooMany) >> 1;
    if ((await count(model, text(length))) <= tokens) fits = length;
    else tooMany = length;
  }
  return text(fits);
}
