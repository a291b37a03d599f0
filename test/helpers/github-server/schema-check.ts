import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

interface Operation {
  request?: object;
  /** By status; null where there is no JSON body. */
  responses: Record<string, object | null>;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
}

/** GitHub's own description of its API, cut to the routes at hand (fixtures/openapi/cut.mjs). */
const description = JSON.parse(
  readFileSync(new URL("../../../fixtures/openapi/github-api.json", import.meta.url), "utf8"),
) as Description;

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
(formats as unknown as typeof formats.default)(ajv);
// OWNER/NAME: no client of ours sends it.
ajv.addFormat("repo.nwo", true);
ajv.addSchema(description, "github");
const compiled = new Map<string, ValidateFunction>();

/** What a request body breaks, as sentences; empty when it fits. Schemas compile on first use (up to 0.1 s each). */
export function requestProblems(method: string, template: string, body: unknown): string[] {
  const operation = operationOf(method, template);
  if (!operation?.request) return [];
  return problems(pointer(template, method, "request"), body);
}

/** What an answer breaks. An error status that GitHub does not describe is fine; any other such status is not. */
export function answerProblems(method: string, template: string, status: number, json: unknown): string[] {
  const operation = operationOf(method, template);
  if (!operation) return [`${method} ${template} is not in fixtures/openapi/github-api.json`];
  const schema = operation.responses[String(status)];
  if (schema === undefined) return status >= 400 ? [] : [`GitHub does not describe status ${status}`];
  if (schema === null) return json === undefined ? [] : ["GitHub describes no JSON body"];
  return problems(pointer(template, method, "responses", String(status)), json).filter((one) => !undescribed.test(one));
}

/** What GitHub answers of a fork that is gone, and of a label without a description; what it publishes does not know either. */
const undescribed = /\/head\/repo must be object$|\/labels\/\d+\/description must be string$/;

function operationOf(method: string, template: string): Operation | undefined {
  return description.paths[template]?.[method.toLowerCase()];
}

function pointer(template: string, method: string, ...rest: string[]): string {
  const keys = ["paths", template, method.toLowerCase(), ...rest];
  return keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function problems(at: string, value: unknown): string[] {
  const validate = compiled.get(at) ?? ajv.compile({ $ref: `github#${encodeURI(at)}` });
  compiled.set(at, validate);
  return validate(value) ? [] : (validate.errors ?? []).map(sentence);
}

function sentence(error: ErrorObject): string {
  return `${error.instancePath || "The body"} ${error.message ?? "does not fit"}`;
}
