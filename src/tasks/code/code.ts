import { basename } from "node:path/posix";
import type { Model } from "../../model/model.ts";
import { collaborate, pipeline } from "../../orchestration/patterns.ts";
import { estimateTokens } from "../../retrieval/pack-evidence.ts";
import { AssistantError } from "../../shared/errors.ts";
import { limits } from "../../shared/limits.ts";
import { earlierTurns, retrievalQuery } from "../ask/follow-up.ts";
import { gatherPassages } from "../ask/gather-passages.ts";
import type { Passage, PassageSource } from "../ask/passage.ts";
import type { Turn } from "../ask/turn.ts";
import type { CodeAnswer, CodeKind, CodePart, CodeWay } from "./code-answer.ts";
import { codePrompt, type CodeMaterial, type Subject } from "./prompt.ts";
import { answerTokens, type CodeTools, designCode, writeCode } from "./write-code.ts";

export interface CodeRequest {
  task: string;
  kind: CodeKind;
  how: CodeWay;
  language: string | null;
  subject: Subject | null;
  context: PassageSource;
  examples: PassageSource;
  /** Earlier turns of the conversation, oldest first. */
  turns: readonly Turn[];
}

/**
 * Writes code from passages. Without a model the passages are all there is (`how: "none"`).
 * Errors: AssistantError `subject-too-long`, `no-code`, `nothing-to-merge`; those of the model; the signal's reason.
 */
export async function code(request: CodeRequest, tools: CodeTools): Promise<CodeAnswer> {
  tools.onEvent?.({ type: "status", text: "looking for passages" });
  const { model, reason } = await tools.models.modelFor("coding");
  const material = await gatherMaterial(request, model, tools);
  const passages = [...material.context, ...material.examples];
  for (const passage of passages) tools.onEvent?.({ type: "passage", passage });
  const { task, kind, how } = request;
  const answer: CodeAnswer = { task, kind, how, why: null, design: null, parts: [], failed: [], passages };
  if (model === null) return { ...answer, how: "none", why: reason };
  return { ...answer, ...(await ways[how](material, tools)) };
}

type Written = Pick<CodeAnswer, "design" | "parts" | "failed">;

const ways: Record<CodeWay, (material: CodeMaterial, tools: CodeTools) => Promise<Written>> = {
  direct: async (material, tools) => ({ design: null, parts: [await writeCode("code", material, tools)], failed: [] }),
  pipeline: designThenWrite,
  collaborative: writeAtOnce,
};

/** Research → coding: the design of one model is what the other one writes from. */
function designThenWrite(material: CodeMaterial, tools: CodeTools): Promise<Written> {
  const { onEvent, signal } = tools;
  const run = pipeline<CodeMaterial, string, Written>(
    { name: "design", run: (input) => designCode(input, tools) },
    {
      name: "code",
      async run(design) {
        onEvent?.({ type: "restart" });
        return { design, parts: [await writeCode("code", { ...material, design }, tools)], failed: [] };
      },
    },
  );
  const onStage = (name: string, number: number, stages: number): void =>
    onEvent?.({ type: "status", text: `${name} (${number} of ${stages})` });
  return run(material, { onStage, ...(signal && { signal }) });
}

interface Collaboration {
  architecture: string;
  implementation: CodePart;
  tests: CodePart;
}

/** Architecture, implementation and tests at once, each from the material alone; what failed is named. */
function writeAtOnce(material: CodeMaterial, tools: CodeTools): Promise<Written> {
  // Three at once would be told as one text: only what is going on is.
  const { onEvent, signal } = tools;
  const silent: CodeTools = { ...tools, onEvent: (event) => event.type === "status" && onEvent?.(event) };
  onEvent?.({ type: "status", text: "architecture, implementation and tests at once" });
  const tests: CodeMaterial = { ...material, kind: "test", task: `Tests for what this task asks: ${material.task}` };
  return collaborate<Collaboration, Written>(
    {
      architecture: () => designCode(material, silent),
      implementation: () => writeCode("implementation", material, silent),
      tests: () => writeCode("tests", tests, silent),
    },
    ({ architecture, implementation, tests: written }, failed) => ({
      design: architecture ?? null,
      parts: [...(implementation ? [implementation] : []), ...(written ? [knowing(written, implementation)] : [])],
      failed: failed.map(({ part, reason }) => ({ part, reason })),
    }),
    signal && { signal },
  );
}

/** What the implementation has is known to its tests, though they were written without it. */
function knowing(tests: CodePart, implementation: CodePart | undefined): CodePart {
  const known = implementation?.code ?? "";
  return { ...tests, unknownNames: tests.unknownNames?.filter((name) => !known.includes(name)) ?? null };
}

/** Share of the room that examples get where there is context as well. */
const examplesShare = 0.4;
const earlierShare = 0.2;
/** Tokens of passages where nobody reads them but a person. */
const shownTokens = 4_000;
/** What instructions, marks around blocks and the chat template take beside the texts. */
const promptOverheadTokens = 300;

async function gatherMaterial(request: CodeRequest, model: Model | null, tools: CodeTools): Promise<CodeMaterial> {
  const { task, kind, language, subject, turns } = request;
  const countTokens = async (text: string): Promise<number> => model?.countTokens(text) ?? estimateTokens(text);
  const bare: CodeMaterial = { task, kind, language, subject, context: [], examples: [], earlier: [], design: null };
  const own = await countTokens(
    codePrompt(bare)
      .map(({ content }) => content)
      .join("\n"),
  );
  const design = request.how === "pipeline" ? limits.designTokens : 0;
  const room =
    model === null ? shownTokens : model.contextTokens - answerTokens(model) - own - design - promptOverheadTokens;
  if (room < 0) throw tooLong(subject);
  const { blocks: earlier, tokens } = await earlierTurns(turns, room * earlierShare, countTokens);
  const passages = Math.max(0, Math.min(limits.passageTokens, room - tokens));
  const query = [retrievalQuery(task, turns), subject?.symbol ?? "", basename(subject?.path ?? "")].join("\n").trim();
  const { signal } = tools;
  const most = limits.passages;
  const examples = await gatherPassages(query, [request.examples], {
    tokens: passages * examplesShare,
    countTokens,
    most: Math.floor(most * examplesShare),
    signal,
  });
  const used = await countTokens(examples.map(({ text }) => text).join("\n"));
  const context = await gatherPassages(query, [request.context], {
    tokens: Math.max(0, passages - used),
    countTokens,
    most: most - examples.length,
    signal,
  });
  const others = context.filter((passage) => !isSubject(passage, subject));
  return { ...bare, earlier, ...numbered(others, examples) };
}

/** It stands in the prompt as what the task is about. */
function isSubject({ document, startLine, endLine }: Passage, subject: Subject | null): boolean {
  return (
    subject !== null &&
    (document === subject.path || document.endsWith(`/${subject.path}`)) &&
    startLine <= subject.endLine &&
    subject.startLine <= endLine
  );
}

function numbered(context: Passage[], examples: Passage[]): Pick<CodeMaterial, "context" | "examples"> {
  const all = [...context, ...examples].map((passage, i) => ({ ...passage, id: String(i + 1) }));
  return { context: all.slice(0, context.length), examples: all.slice(context.length) };
}

function tooLong(subject: Subject | null): AssistantError {
  const what =
    subject === null ? "the task" : subject.symbol === null ? subject.path : `${subject.symbol} of ${subject.path}`;
  return new AssistantError(`${what} does not fit into the model's context with an answer`, {
    code: "subject-too-long",
    remedy: "Name one function of it (--file PATH:SYMBOL), or take a model with a larger context.",
  });
}
