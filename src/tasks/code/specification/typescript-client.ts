import { isJson } from "./read-specification.ts";
import { key, type TypeNames, typeNames, typeOf } from "./schema-types.ts";
import type { Operation, Parameter, Specification } from "./specification.ts";

/**
 * A typed client in TypeScript, of one file without imports: `fetch`, path parameters encoded, queries, JSON bodies, an error
 * class. The same document gives the same bytes.
 * @param functions the text of each operation's function by name; the template's own where there is none
 */
export function typescriptClient(
  specification: Specification,
  functions: ReadonlyMap<string, string> = new Map(),
): string {
  const written = specification.operations.map(
    (operation) => functions.get(operation.name) ?? operationFunction(operation, specification),
  );
  return [clientPrelude(specification), ...written].join("\n\n") + "\n";
}

/** What all functions of a client share: its types and `send`. */
export function clientPrelude(specification: Specification): string {
  const { title, version, servers, schemas } = specification;
  const names = typeNames(specification);
  const types = [...schemas].map(([name, schema]) => `export type ${names.get(name)} = ${typeOf(schema, names)};`);
  const where = servers.length === 0 ? "" : ` Servers: ${comment(servers.join(", "))}.`;
  return [
    `/** Client of ${comment(`${title} ${version}`)}, generated from its OpenAPI document: change that, and generate again.${where} */`,
    ...types,
    shared,
  ].join("\n\n");
}

/** One line that says what `send` takes, for whoever writes a function with it. */
export const sendSignature =
  "send<T>(client: ClientOptions, method: string, path: string, sent?: { query?: Record<string, unknown>; " +
  "headers?: Record<string, unknown>; body?: unknown; type?: string }, signal?: AbortSignal): Promise<T>; " +
  "segment(value: string | number | boolean): string encodes a path parameter";

const shared = `export interface ClientOptions {
  /** Where the service answers, for example https://api.example.org/v1. */
  baseUrl: string;
  /** Sent with every request, for example { authorization: "Bearer …" }. */
  headers?: Record<string, string>;
  fetch?: typeof fetch;
}

/** An answer whose status is no success. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(method: string, path: string, status: number, body: string) {
    super(\`\${method} \${path} was answered with \${status}\`);
    this.name = "ApiError";
    this.status = status;
    this.body = body;
  }
}

interface Sent {
  query?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  body?: unknown;
  /** Of a body that is no JSON. */
  type?: string;
}

async function send<T>(
  client: ClientOptions,
  method: string,
  path: string,
  sent: Sent = {},
  signal?: AbortSignal,
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(sent.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) query.append(name, String(one));
    }
  }
  const headers: Record<string, string> = { accept: "application/json", ...client.headers };
  for (const [name, value] of Object.entries(sent.headers ?? {})) {
    if (value !== undefined && value !== null) headers[name] = String(value);
  }
  const hasBody = sent.body !== undefined;
  if (hasBody && sent.type !== "multipart/form-data") headers["content-type"] = sent.type ?? "application/json";
  const asked = query.size > 0 ? \`\${path}?\${query}\` : path;
  const response = await (client.fetch ?? fetch)(client.baseUrl.replace(/\\/+$/, "") + asked, {
    method,
    headers,
    ...(hasBody && { body: sent.type === undefined ? JSON.stringify(sent.body) : (sent.body as BodyInit) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (!response.ok) throw new ApiError(method, path, response.status, text);
  if (text === "") return undefined as T;
  return (response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as T;
}

/** A parameter as one part of a path: "." and ".." would lead to another one. */
function segment(value: string | number | boolean): string {
  const text = String(value ?? "");
  if (text === "" || text === "." || text === "..") throw new TypeError(\`\${JSON.stringify(text)} is no part of a path\`);
  return encodeURIComponent(text);
}`;

/** The function of one operation. */
export function operationFunction(operation: Operation, specification: Specification): string {
  const names = typeNames(specification);
  const { method, path, summary, parameters, body } = operation;
  const args = argumentsOf(operation, names);
  const property = (parameter: Parameter): string => accessOf(args, parameter);
  const filled = path
    .split(/\{([^{}]+)\}/)
    .map((piece, i) => {
      const parameter = i % 2 === 0 ? undefined : parameters.find((one) => one.in === "path" && one.name === piece);
      return parameter === undefined ? piece.replace(/[\\`$]/g, "\\$&") : `\${segment(${property(parameter)})}`;
    })
    .join("");
  const sent = [
    ...group("query", parameters, property),
    ...group("headers", parameters, property),
    ...(body === null ? [] : ["body: args.body"]),
    ...(body === null || isJson(body.type) ? [] : [`type: ${JSON.stringify(body.type)}`]),
  ];
  const result = operation.answer === null ? "void" : typeOf(operation.answer, names);
  const needsArgs = args.some(({ required }) => required);
  const declared =
    args.length === 0 ? "" : `\n  args: { ${args.map(({ text }) => text).join("; ")} }${needsArgs ? "" : " = {}"},`;
  const tail = sent.length === 0 ? "{}" : `{ ${sent.join(", ")} }`;
  return [
    `/** ${method} ${comment(path)}${summary === null ? "" : `: ${comment(summary)}`} */`,
    `export function ${operation.name}(\n  client: ClientOptions,${declared}\n  signal?: AbortSignal,\n): Promise<${result}> {`,
    `  return send(client, ${JSON.stringify(method)}, \`${filled}\`, ${tail}, signal);`,
    "}",
  ].join("\n");
}

interface Argument {
  parameter: Parameter | null;
  name: string;
  text: string;
  required: boolean;
}

/** Parameters of all places by their names; one that is taken says its place as well (`idInQuery`). */
function argumentsOf({ parameters, body }: Operation, names: TypeNames): Argument[] {
  const taken = new Set(body === null ? [] : ["body"]);
  // Those of the path first: they keep their names.
  const ordered = parameters.toSorted((a, b) => Number(b.in === "path") - Number(a.in === "path"));
  const all: Argument[] = ordered.map((parameter) => {
    const { name: given, in: place, required, schema } = parameter;
    const name = taken.has(given) ? `${given}In${place.charAt(0).toUpperCase()}${place.slice(1)}` : given;
    taken.add(name);
    const type = place === "path" ? pathType(typeOf(schema, names)) : typeOf(schema, names);
    return { parameter, name, required, text: `${key(name)}${required ? "" : "?"}: ${type}` };
  });
  if (body === null) return all;
  const type = isJson(body.type) ? typeOf(body.schema, names) : "BodyInit";
  return [
    ...all,
    { parameter: null, name: "body", required: body.required, text: `body${body.required ? "" : "?"}: ${type}` },
  ];
}

function pathType(type: string): string {
  return /^(?:string|number|boolean)$/.test(type) || type.startsWith('"') ? type : "string";
}

function accessOf(args: readonly Argument[], parameter: Parameter): string {
  const name = args.find((one) => one.parameter === parameter)?.name ?? parameter.name;
  return key(name) === name ? `args.${name}` : `args[${JSON.stringify(name)}]`;
}

function group(
  place: "query" | "headers",
  parameters: readonly Parameter[],
  property: (one: Parameter) => string,
): string[] {
  const own = parameters.filter((one) => one.in === (place === "headers" ? "header" : "query"));
  return own.length === 0 ? [] : [`${place}: { ${own.map((one) => `${key(one.name)}: ${property(one)}`).join(", ")} }`];
}

/** On one line, and unable to end a comment. */
function comment(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("*/", "* /").trim();
}
