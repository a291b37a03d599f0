import type { GenerateResult, Message, Model, ModelProvider } from "../../model/model.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import { AssistantError } from "../../shared/errors.ts";
import { findElisions } from "../../shared/find-elisions.ts";
import { limits } from "../../shared/limits.ts";
import type { OnEvent } from "../ask/events.ts";
import type { CheckedCode, CodePart, SyntaxProblem } from "./code-answer.ts";
import { extensionOf, extensionOfPath } from "./code-languages.ts";
import { codePrompt, type CodeMaterial, correctionPrompt, designPrompt, textOfMaterial } from "./prompt.ts";
import { type TakenCode, takeCode } from "./take-code.ts";
import { findUnknownNames } from "./unknown-names.ts";

/** How code is checked, and who is told. */
export interface CodeTools {
  models: ModelProvider;
  units: UnitParser;
  /** Null where no grammar is for this ending. */
  findSyntaxErrors: (path: string, text: string) => Promise<SyntaxProblem[] | null>;
  signal?: AbortSignal | undefined;
  onEvent?: OnEvent | undefined;
}

/**
 * Has a model write code as free text, takes it out of its fence and checks it: it is parsed, and written once more where it
 * does not parse; what was left out and names that nobody showed are found.
 * Errors: AssistantError `no-model`, `no-code`; those of the model; the signal's reason.
 */
export async function writeCode(name: CodePart["name"], material: CodeMaterial, tools: CodeTools): Promise<CodePart> {
  const model = await modelFor("coding", tools);
  const first = await generate(model, codePrompt(material), answerTokens(model), tools);
  let best = await check(first, answerTokens(model), material, tools, 1);
  if ((best.syntax ?? []).length > 0 && !best.cutOff) {
    tools.onEvent?.({ type: "restart" });
    tools.onEvent?.({ type: "status", text: `line ${best.syntax?.[0]?.line} does not parse; once more` });
    const second = await correct(model, material, best, tools);
    if (second !== null) best = second;
  }
  const { identity } = model;
  return { name, ...best, model: { ...identity, qualification: tools.models.qualified(identity, "edit") } };
}

/** A plan in words by the research model. Errors: as writeCode. */
export async function designCode(material: CodeMaterial, tools: CodeTools): Promise<string> {
  const model = await modelFor("research", tools);
  const { text } = await generate(
    model,
    designPrompt(material),
    Math.min(limits.designTokens, answerTokens(model)),
    tools,
  );
  if (text.trim() !== "") return text.trim();
  throw new AssistantError("the model wrote no design", { code: "no-design", remedy: "Ask with --how direct." });
}

/** Tokens that code may have: a third of the context leaves room for what it is written from. */
export function answerTokens({ contextTokens }: Model): number {
  return Math.min(limits.codeTokens, Math.floor(contextTokens / 3));
}

async function modelFor(role: "coding" | "research", { models }: CodeTools): Promise<Model> {
  const { model, reason } = await models.modelFor(role);
  if (model !== null) return model;
  throw new AssistantError(`no model: ${reason}`, {
    code: "no-model",
    remedy: "Install one with `assistant models pull`; a client from a specification (--kind client) needs none.",
  });
}

async function generate(
  model: Model,
  messages: Message[],
  maxTokens: number,
  tools: CodeTools,
): Promise<GenerateResult> {
  const { signal, onEvent } = tools;
  const result = await model.generate({
    messages,
    maxTokens,
    priority: "person",
    onText: (text) => onEvent?.({ type: "text", text }),
    onRestart: () => onEvent?.({ type: "restart" }),
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  return result;
}

type Checked = CheckedCode & Pick<CodePart, "remark">;

/** The code with fewer errors; null where the second one is no better, or cannot be had. */
async function correct(
  model: Model,
  material: CodeMaterial,
  first: Checked,
  tools: CodeTools,
): Promise<Checked | null> {
  const messages = correctionPrompt(material, first.code, first.syntax ?? []);
  try {
    const answer = await generate(model, messages, answerTokens(model), tools);
    const second = await check(answer, answerTokens(model), material, tools, 2);
    const isBetter = !second.cutOff && (second.syntax?.length ?? 0) < (first.syntax?.length ?? 0);
    return isBetter ? second : { ...first, attempts: 2 };
  } catch {
    tools.signal?.throwIfAborted();
    return null;
  }
}

async function check(
  { text, generatedTokens }: GenerateResult,
  maxTokens: number,
  material: CodeMaterial,
  { findSyntaxErrors, units }: CodeTools,
  attempts: number,
): Promise<Checked> {
  const taken = takeCode(text);
  if (taken === null) {
    throw new AssistantError("the model wrote no code", {
      code: "no-code",
      remedy: "Ask again in other words, or take a larger model.",
    });
  }
  const { code, remark, open } = taken;
  const extension = extensionFor(taken, material);
  const path = `code.${extension ?? "txt"}`;
  await units.prepare([path]);
  return {
    code,
    remark,
    extension,
    syntax: await findSyntaxErrors(path, code),
    elisions: findElisions(code),
    unknownNames: extension === null ? null : findUnknownNames(code, extension, textOfMaterial(material), units),
    cutOff: open || generatedTokens >= maxTokens,
    attempts,
  };
}

/** By what the person said, then by the fence, then by the file that it is about, then by what was shown. */
function extensionFor({ tag }: TakenCode, { language, subject, context, examples }: CodeMaterial): string | null {
  if (language !== null) return extensionOf(language);
  const named = tag === null ? null : extensionOf(tag);
  if (named !== null) return named;
  const shown = [subject?.path ?? "", ...[...examples, ...context].map(({ document }) => document)];
  return shown.map(extensionOfPath).find((found) => found !== null && found !== "md") ?? null;
}
