import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Language, type Node, Parser } from "web-tree-sitter";

/** An error that a person can meet, as the code words it; `…` stands for what differs from case to case. */
export interface ErrorMessage {
  /** Path of the file that words it, below the repository's root. */
  file: string;
  code: string;
  message: string;
  remedy: string;
  /** Whether a job that ends with it is tried again. */
  transient: boolean;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const gap = "…";

/** Reads every `new AssistantError(…)` of `src/` with the grammar of TypeScript. Nothing of the program is run. */
export async function readErrorMessages(): Promise<ErrorMessage[]> {
  const files = await parseSources();
  const found = files.flatMap((file) =>
    file.tree
      .descendantsOfType("new_expression")
      .filter((node) => node?.childForFieldName("constructor")?.text === "AssistantError")
      .flatMap((node) => (node === null ? [] : wordingsOf(node, file, files))),
  );
  const unique = new Map(found.map((one) => [`${one.code} ${one.message} ${one.remedy}`, one]));
  // What only hands another error on says nothing of its own.
  return [...unique.values()].filter(({ message, remedy }) => message !== gap || remedy !== gap);
}

interface SourceFile {
  path: string;
  text: string;
  tree: Node;
}

/** What names stand for: the arguments of one call of the function that an expression stands in. */
interface Scope {
  file: SourceFile;
  names: ReadonlyMap<string, { value: Node; scope: Scope }>;
}

async function parseSources(): Promise<SourceFile[]> {
  await Parser.init();
  const require = createRequire(import.meta.url);
  const language = await Language.load(require.resolve("@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm"));
  const parser = new Parser();
  parser.setLanguage(language);
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .flatMap((path) => {
      const text = readFileSync(join(root, "src", path), "utf8");
      const tree = parser.parse(text)?.rootNode;
      return tree ? [{ path: join("src", path), text, tree }] : [];
    });
}

function wordingsOf(node: Node, file: SourceFile, files: readonly SourceFile[]): ErrorMessage[] {
  const plain = wording(node, { file, names: new Map() });
  if (isClear(plain)) return plain;
  const called = callsAround(node, file, files).flatMap((scope) => wording(node, scope));
  return called.length > 0 ? called.filter((one) => !one.code.includes(gap)) : plain;
}

/** What says nothing without its arguments is read once for each call. */
function isClear(found: readonly ErrorMessage[]): boolean {
  return found.every(
    ({ code, message, remedy }) =>
      !code.includes(gap) && remedy !== gap && message.replaceAll(gap, "").trim().length > 8,
  );
}

function wording(node: Node, scope: Scope): ErrorMessage[] {
  const [text, options] =
    node.childForFieldName("arguments")?.namedChildren.filter((one) => one?.type !== "comment") ?? [];
  if (!text || options?.type !== "object") return [];
  const value = (key: string) => valueOf(options, key);
  const codes = textsOf(value("code"), scope);
  const messages = textsOf(text, scope);
  const remedies = textsOf(value("remedy"), scope);
  const transient = value("transient")?.text === "true";
  // A choice of codes goes with the choice of messages beside it.
  return messages.map((message, i) => ({
    file: scope.file.path,
    code: codes[codes.length === messages.length ? i : 0] ?? gap,
    message: tidy(message),
    remedy: remedies.length === messages.length ? tidy(remedies[i] ?? gap) : alternatives(remedies),
    transient,
  }));
}

function valueOf(object: Node, key: string): Node | null {
  for (const entry of object.namedChildren) {
    if (entry?.type === "pair" && entry.childForFieldName("key")?.text === key) return entry.childForFieldName("value");
    if (entry?.type === "shorthand_property_identifier" && entry.text === key) return entry;
  }
  return null;
}

/** What an expression may come to, each as a text with gaps. */
function textsOf(node: Node | null, scope: Scope, depth = 0): string[] {
  if (node === null || depth > 8) return [gap];
  const next = (child: Node | null, where = scope) => textsOf(child, where, depth + 1);
  const field = (name: string) => next(node.childForFieldName(name));
  switch (node.type) {
    case "string":
      return [unquoted(node)];
    case "template_string":
      return templateTexts(node, scope, depth);
    case "ternary_expression":
      return [...field("consequence"), ...field("alternative")];
    case "parenthesized_expression":
    case "as_expression":
    case "satisfies_expression":
      return next(node.namedChildren[0] ?? null);
    case "binary_expression": {
      const operator = node.childForFieldName("operator")?.text;
      if (operator === "+") return field("left").flatMap((left) => field("right").map((right) => left + right));
      return operator === "??" || operator === "||" ? field("right") : [gap];
    }
    case "identifier":
    case "shorthand_property_identifier": {
      const bound = scope.names.get(node.text);
      if (bound) return next(bound.value, bound.scope);
      const local = localValue(node);
      return local ? next(local) : [gap];
    }
    case "call_expression": {
      const returned = returnedBy(node.childForFieldName("function")?.text, scope.file);
      return returned.length === 0 ? [gap] : returned.flatMap((value) => textsOf(value, plainScope(scope), depth + 1));
    }
    default:
      return [gap];
  }
}

/** Names of the caller mean nothing inside of the function that it calls. */
function plainScope({ file }: Scope): Scope {
  return { file, names: new Map() };
}

/** What a function of the same file gives back. */
function returnedBy(name: string | undefined, { tree }: SourceFile): Node[] {
  const found = tree
    .descendantsOfType("function_declaration")
    .find((one) => one?.childForFieldName("name")?.text === name);
  return (found?.descendantsOfType("return_statement") ?? []).flatMap((one) => one?.namedChildren[0] ?? []);
}

/** What is put into a template is a gap, unless a caller gave it as a text. */
function templateTexts(node: Node, scope: Scope, depth: number): string[] {
  let texts = [""];
  for (const part of node.namedChildren) {
    if (part === null) continue;
    const inner = part.namedChildren[0] ?? null;
    const isGiven = inner?.type === "identifier" && scope.names.has(inner.text);
    const added =
      part.type === "template_substitution"
        ? isGiven
          ? textsOf(inner, scope, depth + 1)
          : [gap]
        : [part.type === "escape_sequence" ? unescaped(part.text) : part.text];
    texts = texts.flatMap((text) => added.map((more) => text + more));
  }
  return texts;
}

/** The initial value of a constant of the same function or file. */
function localValue(name: Node): Node | null {
  for (let around = name.parent; around; around = around.parent) {
    if (around.type !== "statement_block" && around.type !== "program") continue;
    for (const declarator of around.descendantsOfType("variable_declarator")) {
      if (declarator?.childForFieldName("name")?.text === name.text) return declarator.childForFieldName("value");
    }
  }
  return null;
}

/** One scope for each call of the function that the node stands in. */
function callsAround(node: Node, file: SourceFile, files: readonly SourceFile[]): Scope[] {
  let around = node.parent;
  while (around && around.type !== "function_declaration") around = around.parent;
  const name = around?.childForFieldName("name")?.text;
  const parameters = around?.childForFieldName("parameters")?.namedChildren ?? [];
  if (name === undefined) return [];
  const importsIt = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from "[^"]*/${basename(file.path)}"`);
  return files
    .filter((other) => other === file || importsIt.test(other.text))
    .flatMap((other) =>
      other.tree
        .descendantsOfType("call_expression")
        .filter((call) => call?.childForFieldName("function")?.text === name)
        .map((call) => {
          const scope: Scope = { file: other, names: new Map() };
          const given = call?.childForFieldName("arguments")?.namedChildren ?? [];
          return { file, names: bind(parameters, given, scope) };
        }),
    );
}

function bind(parameters: readonly (Node | null)[], given: readonly (Node | null)[], scope: Scope): Scope["names"] {
  const names = new Map<string, { value: Node; scope: Scope }>();
  for (const [i, parameter] of parameters.entries()) {
    const pattern = parameter?.childForFieldName("pattern");
    const value = given[i];
    if (!pattern || !value) continue;
    if (pattern.type === "identifier") names.set(pattern.text, { value, scope });
    if (pattern.type !== "object_pattern" || value.type !== "object") continue;
    for (const key of pattern.namedChildren) {
      const inside = key === null ? null : valueOf(value, key.text);
      if (key && inside) names.set(key.text, { value: inside, scope });
    }
  }
  return names;
}

function unquoted(node: Node): string {
  return node.namedChildren
    .map((part) => (part?.type === "escape_sequence" ? unescaped(part.text) : (part?.text ?? "")))
    .join("");
}

function unescaped(text: string): string {
  return text === "\\n" ? "\n" : text.slice(1);
}

function alternatives(texts: readonly string[]): string {
  const all = [...new Set(texts.map(tidy))].filter((text) => text !== gap);
  return all.join(" Or: ") || gap;
}

function tidy(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/…(?: ?…)+/g, gap)
    .trim();
}
