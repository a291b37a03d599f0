import type { Model } from "../../model/model.ts";
import { pool } from "../../orchestration/patterns.ts";
import { messageOf } from "../../shared/errors.ts";
import { materialRule, renderMaterial } from "../ask/material.ts";
import type { CodeAnswer, CodePart } from "./code-answer.ts";
import { takeCode } from "./take-code.ts";
import { checkOperation } from "./specification/check-client.ts";
import {
  clientPrelude,
  operationFunction,
  sendSignature,
  typescriptClient,
} from "./specification/typescript-client.ts";
import type { Operation, Specification } from "./specification/specification.ts";
import type { CodeTools } from "./write-code.ts";

export interface ClientRequest {
  task: string;
  specification: Specification;
  /** Whether a model writes the functions: where somebody asks for it. By default only one that has qualified for edits does. */
  byModel: boolean;
}

/**
 * A client of every operation of a specification. The template is always right, so a model writes only where it has qualified
 * or is asked for; of its functions each is checked for name, method, path and syntax, and replaced by the template's where it
 * fails.
 * Errors: the signal's reason.
 */
export async function writeClient(request: ClientRequest, tools: CodeTools): Promise<CodeAnswer> {
  const { task, specification } = request;
  const { models, onEvent } = tools;
  const { model, reason } = await models.modelFor("coding", request.byModel ? [] : ["edit"]);
  const qualification = model === null ? null : models.qualified(model.identity, "edit");
  const byModel = model !== null && (request.byModel || qualification?.allowed === true);
  const failed: CodeAnswer["failed"] = [];
  const functions = byModel ? await writeFunctions(specification, model, tools, failed) : new Map<string, string>();
  const code = typescriptClient(specification, functions);
  const wrong = specification.operations.flatMap((operation) => checkOperation(code, operation) ?? []);
  onEvent?.({ type: "text", text: code });
  const part: CodePart = {
    name: "client",
    code,
    remark: `${specification.operations.length} operations, ${functions.size} of them written by a model`,
    extension: "ts",
    syntax: await tools.findSyntaxErrors("client.ts", code),
    elisions: [],
    unknownNames: [],
    cutOff: false,
    attempts: 1,
    model: functions.size > 0 && model !== null && qualification !== null ? { ...model.identity, qualification } : null,
  };
  return {
    task,
    kind: "client",
    how: functions.size > 0 ? "direct" : "template",
    why: byModel ? null : model === null ? reason : `the model has not qualified for edits: ${qualification?.reason}`,
    design: null,
    parts: [part],
    failed: [...failed, ...wrong.map((what) => ({ part: "client", reason: what }))],
    passages: [],
  };
}

/** Tokens of one function. */
const functionTokens = 300;

async function writeFunctions(
  specification: Specification,
  model: Model,
  tools: CodeTools,
  failed: CodeAnswer["failed"],
): Promise<Map<string, string>> {
  const functions = new Map<string, string>();
  const { signal, onEvent } = tools;
  const { operations } = specification;
  let done = 0;
  await pool(
    operations,
    async (operation, _index, until) => {
      const written = await writeFunction(operation, specification, model, { ...tools, signal: until });
      onEvent?.({ type: "status", text: `${++done} of ${operations.length} operations` });
      if (typeof written === "string") functions.set(operation.name, written);
      else failed.push({ part: operation.name, reason: `the template is used: ${written.reason}` });
    },
    { slots: model.status().slots, ...(signal && { signal }) },
  );
  return functions;
}

async function writeFunction(
  operation: Operation,
  specification: Specification,
  model: Model,
  { signal, findSyntaxErrors }: CodeTools,
): Promise<string | { reason: string }> {
  try {
    const { text } = await model.generate({
      messages: [
        {
          role: "system",
          content: `You write one TypeScript function of an API client, in a fenced code block.\n${materialRule}`,
        },
        { role: "user", content: functionPrompt(operation, specification) },
      ],
      maxTokens: functionTokens,
      priority: "person",
      ...(signal && { signal }),
    });
    const code = takeCode(text)?.code.trim() ?? "";
    const wrong = checkOperation(code, operation) ?? (await syntaxOf(code, specification, findSyntaxErrors));
    if (wrong !== null) return { reason: wrong };
    return /^(?:\/\*\*[\s\S]*?\*\/\s*)?export /.test(code) ? code : { reason: `${operation.name} is not exported` };
  } catch (error) {
    signal?.throwIfAborted();
    return { reason: messageOf(error) };
  }
}

function functionPrompt(operation: Operation, specification: Specification): string {
  const example = specification.operations.find((other) => other !== operation && other.method === operation.method);
  const facts = JSON.stringify(operation, null, 1);
  const blocks = [
    { title: "OPERATION", text: facts },
    { title: "AT HAND", text: sendSignature },
    ...(example === undefined ? [] : [{ title: "EXAMPLE", text: operationFunction(example, specification) }]),
  ];
  return `${renderMaterial(blocks)}\n\nWrite \`export function ${operation.name}(client: ClientOptions, …)\` for ${operation.method} ${operation.path}.`;
}

async function syntaxOf(
  code: string,
  specification: Specification,
  findSyntaxErrors: CodeTools["findSyntaxErrors"],
): Promise<string | null> {
  const before = clientPrelude(specification);
  const [problem] = (await findSyntaxErrors("client.ts", `${before}\n\n${code}\n`)) ?? [];
  return problem === undefined ? null : `line ${problem.line - before.split("\n").length - 1}: ${problem.message}`;
}
