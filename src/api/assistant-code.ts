import { readFileSync } from "node:fs";
import { createUnitParser } from "../engram/units/tree-sitter-parser.ts";
import { classifyTask } from "../orchestration/classify-task.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { writeClient } from "../tasks/code/client.ts";
import type { CodeAnswer, CodeKind, CodeWay } from "../tasks/code/code-answer.ts";
import { extensionOf } from "../tasks/code/code-languages.ts";
import { code } from "../tasks/code/code.ts";
import { readSpecification } from "../tasks/code/specification/read-specification.ts";
import type { CodeTools } from "../tasks/code/write-code.ts";
import { type AssistantServices, checkTask, remember, type RunOptions, turnsOf, withSources } from "./assistant.ts";
import { findSyntaxErrors } from "./check-syntax.ts";
import { findSubject } from "./find-subject.ts";
import { checkRoots } from "./open-sources.ts";
import { renderCode } from "./render-code.ts";

export interface CodeQuestion {
  task: string;
  /** Null: by what the task asks for. */
  kind: CodeKind | null;
  /** Null: direct; for a client: by a model that has qualified, else by the template. */
  how: CodeWay | null;
  context: readonly string[];
  examples: readonly string[];
  /** PATH or PATH:SYMBOL. */
  file: string | null;
  /** Path of an OpenAPI document. */
  spec: string | null;
  language: string | null;
  /** A clone, searched where nothing else is named. */
  repository: string | null;
  session: string | null;
}

/** Errors: AssistantError of the task, the sources, the file, the specification and the session; the signal's reason. */
export async function answerCode(
  services: AssistantServices,
  question: CodeQuestion,
  { signal, onEvent, roots }: RunOptions,
): Promise<CodeAnswer> {
  const task = checkTask(question.task);
  const kind = question.kind ?? (question.spec === null ? kindOf(task, question.file) : "client");
  checkQuestion(question, kind);
  const units = createUnitParser();
  const tools: CodeTools = { models: services.models, units, findSyntaxErrors, signal, onEvent };
  const turns = turnsOf(services, question.session);
  const answer =
    kind === "client"
      ? await answerClient(task, question, tools, roots)
      : await withSources(services, namedBy(question), { roots, signal }, async ({ groups, engrams }) => {
          const subject = question.file === null ? null : await findSubject(question.file, engrams, units, roots);
          const [context, examples] = groups;
          if (context === undefined || examples === undefined) throw new Error("two groups were named");
          const { how, language } = question;
          return code({ task, kind, how: how ?? "direct", language, subject, context, examples, turns }, tools);
        });
  if (answer.parts.length > 0) {
    await remember(services, question.session, "code", task, renderCode(answer), answer.passages);
  }
  return answer;
}

/** Of a task in words: tests and documentation are asked for by name. */
function kindOf(task: string, file: string | null): CodeKind {
  const { type } = classifyTask(task);
  if (type === "testing") return "test";
  if (file !== null && type === "documentation") return "document";
  return file !== null && /\b(?:refactor|rename|extract|simplify|clean|inline|split)/i.test(task)
    ? "refactor"
    : "generate";
}

function namedBy({ context, examples, repository }: CodeQuestion): Parameters<typeof withSources>[1] {
  return { groups: [context, examples], repository, optional: true };
}

/** Errors: AssistantError `no-file`, `no-specification`, `client-language`, `unknown-language`. */
function checkQuestion({ file, spec, language }: CodeQuestion, kind: CodeKind): void {
  if ((kind === "document" || kind === "refactor") && file === null) {
    throw new AssistantError(`no code is named to ${kind}`, {
      code: "no-file",
      remedy: "Name it: --file PATH or PATH:SYMBOL.",
    });
  }
  if (kind === "client" && spec === null) {
    throw new AssistantError("no specification is named", {
      code: "no-specification",
      remedy: "Name an OpenAPI document: --spec openapi.yaml; or ask for code with --kind generate.",
    });
  }
  if (language !== null && extensionOf(language) === null) {
    throw new AssistantError(`"${language}" is no language known here`, {
      code: "unknown-language",
      remedy: "Name it as its files end: ts, py, go, rs, java, …",
    });
  }
  if (kind === "client" && language !== null && extensionOf(language) !== "ts") {
    throw new AssistantError(`a client in ${language} is not generated`, {
      code: "client-language",
      remedy:
        "Leave --language out for TypeScript, or ask a model for it: --kind generate with the document in --context.",
    });
  }
}

async function answerClient(
  task: string,
  { spec, how }: CodeQuestion,
  tools: CodeTools,
  roots: readonly string[] | null,
): Promise<CodeAnswer> {
  const path = spec ?? "";
  checkRoots(path, roots);
  return writeClient({ task, specification: readSpecification(readText(path), path), byModel: how !== null }, tools);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new AssistantError(`${path} cannot be read: ${messageOf(error)}`, {
      code: "cannot-read-file",
      remedy: "Name an OpenAPI document that is there.",
      cause: error,
    });
  }
}
