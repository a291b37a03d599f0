import { isMap, isNode, isScalar, isSeq, LineCounter, parse, parseDocument } from "yaml";
import { z } from "zod";
import { limits } from "../shared/limits.ts";
import { nearest } from "../shared/nearest.ts";

/**
 * YAML text as plain data; an empty text is an empty mapping, and a key without a value counts as left out (people comment
 * out what stands below it). Errors: YAMLParseError with line and column.
 */
export function parseYaml(text: string): unknown {
  if ((text.match(/(?:^|[\s[{,])\?(?=\s)/g)?.length ?? 0) > limits.yamlMarkedKeys)
    throw new TypeError(`more than ${limits.yamlMarkedKeys} keys are marked with ?`);
  const value: unknown = parse(text, (_key, entry: unknown) => (entry === null ? undefined : entry), {
    logLevel: "error",
  });
  return value ?? {};
}

/**
 * What is wrong, one line for each issue, for the person who wrote the file. Unknown keys come with the nearest known one.
 * @param text the file, where its lines are to be named
 */
export function explainIssues(error: z.ZodError, schema: z.ZodType, text?: string): string[] {
  const lineOf = text === undefined ? () => "" : lineFinder(text);
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map(
        (key) => lineOf([...issue.path, key]) + explainUnknownKey(key, issue.path, knownKeys(schema, issue.path)),
      );
    return `${lineOf(issue.path)}${issue.path.join(".") || "the file"}: ${issue.message}`;
  });
}

/** `line N: ` of a key, or of the nearest key around it that stands in the text. */
function lineFinder(text: string): (path: PropertyKey[]) => string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: "error" });
  return (path) => {
    let node: unknown = document.contents;
    let at: number | undefined;
    for (const step of path) {
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
        : undefined;
      const item = isSeq(node) ? node.items[Number(step)] : pair?.value;
      const place = pair?.key ?? item;
      if (!isNode(place) || !place.range) break;
      at = place.range[0];
      node = item;
    }
    return at === undefined ? "" : `line ${lines.linePos(at).line}: `;
  };
}

function explainUnknownKey(key: string, path: PropertyKey[], known: string[]): string {
  const name = [...path, key].join(".");
  const meant = nearest(key, known);
  return meant === null
    ? `${name} is not a known key; known here: ${known.join(", ")}`
    : `${name} is not a known key; did you mean ${[...path, meant].join(".")}?`;
}

interface Properties {
  properties?: Record<string, Properties>;
  items?: Properties;
}

function knownKeys(schema: z.ZodType, path: PropertyKey[]): string[] {
  let node: Properties | undefined = z.toJSONSchema(schema, { io: "input" }) as Properties;
  for (const step of path) node = typeof step === "number" ? node?.items : node?.properties?.[String(step)];
  return Object.keys(node?.properties ?? {});
}
