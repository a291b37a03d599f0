import { parseYaml } from "../../../config/parse-yaml.ts";
import { AssistantError, messageOf } from "../../../shared/errors.ts";
import { limits } from "../../../shared/limits.ts";
import type { Operation, Parameter, Schema, Specification } from "./specification.ts";

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Reads an OpenAPI document (3.0 or 3.1, YAML or JSON). References within the document are followed.
 * Errors: AssistantError `bad-specification` naming what is wrong.
 */
export function readSpecification(text: string, name: string): Specification {
  const root = parse(text, name);
  const openapi = root["openapi"];
  if (typeof openapi !== "string" || !openapi.startsWith("3.")) {
    const swagger = root["swagger"] === undefined ? "" : ": it is Swagger 2";
    throw bad(name, `is no OpenAPI 3 document${swagger}`);
  }
  const operations = readOperations(root, name);
  if (operations.length === 0) throw bad(name, "has no operations");
  if (operations.length > limits.specificationOperations) throw bad(name, `has ${operations.length} operations`);
  const info = mapping(root["info"]);
  return {
    title: text1(info["title"]) ?? "the service",
    version: text1(info["version"]) ?? "",
    servers: list(root["servers"]).flatMap((server) => text1(mapping(server)["url"]) ?? []),
    operations,
    schemas: new Map(
      Object.entries(mapping(mapping(root["components"])["schemas"])).map(([key, one]) => [key, schemaOf(one)]),
    ),
  };
}

function parse(text: string, name: string): Mapping {
  if (text.length > limits.specificationCharacters) throw bad(name, `has ${text.length} characters`);
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    throw bad(name, `is neither YAML nor JSON (${messageOf(error).split("\n")[0] ?? ""})`, error);
  }
  return mapping(value);
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

function readOperations(root: Mapping, name: string): Operation[] {
  const taken = new Set<string>();
  return Object.entries(mapping(root["paths"])).flatMap(([path, item]) => {
    const entry = follow(root, item, name);
    return methods
      .filter((method) => entry[method] !== undefined)
      .map((method) => readOperation(root, name, path, method, entry, taken));
  });
}

function readOperation(
  root: Mapping,
  name: string,
  path: string,
  method: string,
  item: Mapping,
  taken: Set<string>,
): Operation {
  const operation = mapping(item[method]);
  const own = list(operation["parameters"]);
  const parameters = new Map<string, Parameter>();
  for (const one of [...list(item["parameters"]), ...own]) {
    const parameter = readParameter(follow(root, one, name));
    if (parameter !== null) parameters.set(`${parameter.in} ${parameter.name}`, parameter);
  }
  // A parameter that the path names and nobody describes is a text.
  for (const [, inPath = ""] of path.matchAll(/\{([^{}]+)\}/g)) {
    if (!parameters.has(`path ${inPath}`))
      parameters.set(`path ${inPath}`, { name: inPath, in: "path", required: true, schema: { type: "string" } });
  }
  const body = operation["requestBody"] === undefined ? null : follow(root, operation["requestBody"], name);
  return {
    name: uniqueName(text1(operation["operationId"]) ?? `${method} ${path}`, taken),
    method: method.toUpperCase(),
    path,
    summary: text1(operation["summary"]) ?? text1(operation["description"])?.split("\n")[0] ?? null,
    parameters: [...parameters.values()],
    body: body && readBody(body),
    answer: readAnswer(root, mapping(operation["responses"]), name),
  };
}

/** Cookies are the caller's own matter. */
function readParameter(parameter: Mapping): Parameter | null {
  const { name, in: place, required, schema } = parameter;
  if (typeof name !== "string" || (place !== "path" && place !== "query" && place !== "header")) return null;
  return {
    name,
    in: place,
    required: place === "path" || required === true,
    schema: schemaOf(schema ?? { type: "string" }),
  };
}

function readBody(body: Mapping): Operation["body"] {
  const [type, content] = preferred(mapping(body["content"])) ?? ["application/json", {}];
  return { required: body["required"] === true, type, schema: schemaOf(mapping(content)["schema"] ?? true) };
}

function readAnswer(root: Mapping, responses: Mapping, name: string): Schema | null {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  if (success === undefined) return null;
  const [type, content] = preferred(mapping(follow(root, success, name)["content"])) ?? [];
  if (type === undefined) return null;
  return isJson(type) ? schemaOf(mapping(content)["schema"] ?? true) : { type: "string" };
}

function preferred(content: Mapping): [string, unknown] | undefined {
  const entries = Object.entries(content);
  return entries.find(([type]) => isJson(type)) ?? entries[0];
}

export function isJson(type: string): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(type);
}

/** The mapping that a `$ref` points to, within the document. Errors: `bad-specification`. */
function follow(root: Mapping, value: unknown, name: string): Mapping {
  let at = mapping(value);
  for (let hops = 0; typeof at["$ref"] === "string"; hops++) {
    const reference: string = at["$ref"];
    if (hops > limits.specificationReferences) throw bad(name, `has references that go round: ${reference}`);
    if (!reference.startsWith("#/")) throw bad(name, `refers to another document: ${reference}`);
    let target: unknown = root;
    for (const step of reference.slice(2).split("/")) {
      const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
      target = Object.hasOwn(mapping(target), key) ? mapping(target)[key] : undefined;
    }
    if (target === undefined) throw bad(name, `refers to what it does not have: ${reference}`);
    at = mapping(target);
  }
  return at;
}

/** `get /pets/{petId}` → `getPetsPetId`. */
function uniqueName(text: string, taken: Set<string>): string {
  const [first = "", ...rest] = text.match(/[A-Za-z0-9]+/g) ?? [];
  const camel = [
    first.charAt(0).toLowerCase() + first.slice(1),
    ...rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)),
  ];
  const name = camel.join("").replace(/^(?=\d|$)/, "operation");
  const base = reserved.has(name) ? `${name}Operation` : name;
  let unique = base;
  for (let number = 2; taken.has(unique); number++) unique = `${base}${number}`;
  taken.add(unique);
  return unique;
}

const reserved = new Set(
  (
    "break case catch class const continue debugger default delete do else enum export extends false finally for function if " +
    "import in instanceof new null return super switch this throw true try typeof var void while with yield let static " +
    "implements interface package private protected public await async send segment"
  ).split(" "),
);

function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text1(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function schemaOf(value: unknown): Schema {
  return typeof value === "boolean" ? value : mapping(value);
}

function bad(name: string, what: string, cause?: unknown): AssistantError {
  return new AssistantError(`${name} ${what}`, {
    code: "bad-specification",
    remedy: "Give an OpenAPI 3 document in one file, as YAML or JSON.",
    cause,
  });
}
