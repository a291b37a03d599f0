import { z } from "zod";
import { limits } from "../shared/limits.ts";
import { codeKinds, codeWays } from "../tasks/code/code-answer.ts";
import { researchFormats } from "../tasks/research/answer.ts";
import type { ResearchQuestion } from "./assistant.ts";
import type { AskQuestion } from "./assistant-ask.ts";
import type { CodeQuestion } from "./assistant-code.ts";

/** A control character in a name is nobody's file. */
const name = z
  .string()
  .min(1)
  .max(limits.apiNameCharacters)
  .regex(/^\P{Cc}+$/u);
const task = z.string().min(1).max(limits.taskCharacters).describe("What is asked, in words.");
const sources = z
  .array(name)
  .max(limits.passageSources)
  .default([])
  .describe("Files of engrams below ASSISTANT_HOME or the server's folder, and collections of the knowledge base.");
const repository = name
  .optional()
  .describe("A clone that is searched where no source is named. Default: the server's folder.");
const session = name.optional().describe("The conversation that this goes on with.");
const unqualified = z
  .boolean()
  .optional()
  .describe("Whether a model may word the answer that has not qualified for it.");
const file = name.optional().describe("PATH or PATH:SYMBOL of the code that it is about.");

export const researchBody = z.strictObject({
  task,
  engram: sources,
  context: sources,
  format: z.enum(researchFormats).default("answer"),
  repository,
  session,
  unqualified,
});

export const codeBody = z.strictObject({
  task,
  context: sources,
  examples: sources,
  kind: z.enum(codeKinds).optional().describe("Default: by the task."),
  how: z.enum(codeWays).optional().describe("Default: direct; a client by its template."),
  file,
  spec: name.optional().describe("An OpenAPI 3 document, for a client."),
  language: name.optional(),
  repository,
  session,
});

export const askBody = z.strictObject({
  task,
  engram: sources,
  context: sources,
  examples: sources,
  file,
  repository,
  session,
  unqualified,
});

export function researchQuestion({
  repository: clone,
  session: talk,
  ...rest
}: z.output<typeof researchBody>): ResearchQuestion {
  return { ...rest, repository: clone ?? ".", session: talk ?? null };
}

export function codeQuestion(body: z.output<typeof codeBody>): CodeQuestion {
  return {
    task: body.task,
    context: body.context,
    examples: body.examples,
    kind: body.kind ?? null,
    how: body.how ?? null,
    file: body.file ?? null,
    spec: body.spec ?? null,
    language: body.language ?? null,
    repository: body.repository ?? ".",
    session: body.session ?? null,
  };
}

export function askQuestion({
  file: named,
  repository: clone,
  session: talk,
  ...rest
}: z.output<typeof askBody>): AskQuestion {
  return { ...rest, file: named ?? null, repository: clone ?? ".", session: talk ?? null };
}
