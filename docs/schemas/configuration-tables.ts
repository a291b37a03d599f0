import { environmentKeys } from "../../src/config/server-file.ts";
import { editorSchemas } from "./editor-schemas.ts";

/** A node of a JSON schema, as far as our two schemas go. */
interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | false;
  items?: SchemaNode;
  anyOf?: readonly SchemaNode[];
}

interface Key {
  /** Dotted, with `[]` behind a list: `review.paths[].match`. */
  path: string;
  node: SchemaNode;
}

/** The tables of docs/configuration.md, by the name of their place in it (`<!-- keys: NAME -->`). */
export function configurationTables(): Record<string, string> {
  const schemas = editorSchemas();
  const server = keysOf(schemas["server.json"] ?? {});
  const isModel = ({ path }: Key) => /^models\.(?:llama|http)\./.test(path);
  return {
    repository: table(keysOf(schemas["repository.json"] ?? {}), false),
    server: table(
      server.filter((key) => !isModel(key)),
      true,
    ),
    models: table(server.filter(isModel), false),
  };
}

/** Puts the tables into the page. Throws where the page has no place for one. */
export function withTables(page: string): string {
  let text = page;
  for (const [name, rows] of Object.entries(configurationTables())) {
    const place = new RegExp(`(<!-- keys: ${name} -->\n)[\\s\\S]*?(\n<!-- end of keys -->)`);
    if (!place.test(text)) throw new Error(`there is no place for the keys of ${name}`);
    text = text.replace(place, (_, before: string, after: string) => `${before}\n${rows}${after}`);
  }
  return text;
}

/** Every key that a person can write, and below each list of mappings the keys of one entry. */
function keysOf(node: SchemaNode, path = ""): Key[] {
  if (node.properties) {
    return Object.entries(node.properties).flatMap(([name, child]) => keysOf(child, path ? `${path}.${name}` : name));
  }
  return [{ path, node }, ...(node.items?.properties ? keysOf(node.items, `${path}[]`) : [])];
}

function table(keys: readonly Key[], variables: boolean): string {
  const heads = ["Key", ...(variables ? ["Variable"] : []), "Values", "Default", "Meaning"];
  const rows = keys.map(({ path, node }) => [
    `\`${path}\``,
    ...(variables ? [variableOf(path)] : []),
    valuesOf(node),
    node.default === undefined ? "" : `\`${asWritten(node.default)}\``,
    (node.description ?? "").replace(/\.$/, ""),
  ]);
  const lines = [heads, heads.map(() => "---"), ...rows];
  return `${lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n")}\n`;
}

function variableOf(path: string): string {
  const name = Object.entries(environmentKeys).find(([, key]) => key.join(".") === path)?.[0];
  return name === undefined ? "" : `\`${name}\``;
}

/** What may be written there, in words. */
function valuesOf(node: SchemaNode): string {
  if (node.anyOf) return listed(node.anyOf.map(valuesOf));
  if (node.const !== undefined) return `\`${asWritten(node.const)}\``;
  if (node.enum) return listed(node.enum.map((value) => `\`${asWritten(value)}\``));
  if (node.type === "boolean") return "`true` or `false`";
  if (node.type === "null") return "`null`";
  if (node.type === "integer" || node.type === "number") return range(node);
  if (node.type === "array") return listOf(node);
  if (node.type === "object") return `names, each with ${valuesOf(node.additionalProperties || {})}`;
  return "text";
}

function range({ type, minimum = -Infinity, maximum = Infinity }: SchemaNode): string {
  const least = minimum > Number.MIN_SAFE_INTEGER ? minimum : null;
  const most = maximum < Number.MAX_SAFE_INTEGER ? maximum : null;
  const number = type === "integer" ? "a whole number" : "a number";
  if (least === null) return number;
  return most === null ? `${number} from ${figure(least)}` : `${figure(least)} to ${figure(most)}`;
}

function listOf({ items = {}, maxItems }: SchemaNode): string {
  const entries = items.properties
    ? "mappings, keys below"
    : valuesOf(items)
        .replace(/^text$/, "texts")
        .replace(/^a whole number/, "whole numbers");
  return `a list of ${entries}${maxItems === undefined ? "" : `, at most ${figure(maxItems)}`}`;
}

function listed(values: readonly string[]): string {
  const all = [...new Set(values)];
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}

function figure(value: number): string {
  return value.toLocaleString("en-US");
}

function asWritten(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
