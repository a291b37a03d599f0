import type { RoleName } from "../../engram/units/unit-parser.ts";

export interface ImportStatement {
  /** 0-based line where the statement begins. */
  line: number;
  /** What stands between `import` and `from`, or before `= require`. */
  clause: string;
  specifier: string;
  /** Names as the other module exports them (`default` for its default), and as this file calls them. Namespaces have no source name. */
  sourceNames: string[];
  localNames: string[];
}

const from =
  /^[ \t]*(?:import|export)\s+(?:type\s+)?(?<clause>[^"'`;()=]{1,4000}?)\s*from\s*["'](?<specifier>[^"'\n]+)["']/gm;
const required =
  /^[ \t]*(?:const|let|var)\s+(?<clause>[^=;()]{1,4000}?)\s*=\s*(?:await\s+)?(?:require|import)\(\s*["'](?<specifier>[^"'\n]+)["']/gm;

/**
 * Import, re-export and require statements of a JavaScript or TypeScript file: what the grammar takes for the name of a
 * module, with the names around it. What only looks like a statement, in a comment or a string, is none to the grammar.
 * @param names of the file; null takes whatever looks like a statement
 */
export function importStatements(text: string, names: readonly RoleName[] | null): ImportStatement[] {
  const modules = new Set(names?.flatMap(({ role, name, line }) => (role === "imports" ? [`${line} ${name}`] : [])));
  return [from, required].flatMap((pattern) =>
    Array.from(text.matchAll(pattern)).flatMap(({ index, 0: statement, groups }) => {
      const { clause = "", specifier = "" } = groups ?? {};
      const line = lineAt(text, index + statement.search(/\S/));
      const last = lineAt(text, index + statement.length - 1);
      return names === null || modules.has(`${last} ${specifier}`)
        ? [{ line, clause, specifier, ...namesOf(clause) }]
        : [];
    }),
  );
}

/** Whether a module specifier means this repository: a relative path, or one of the usual aliases for its root. */
export function isInternal(specifier: string): boolean {
  return /^(?:\.|\/|@\/|~|#|src\/)/.test(specifier);
}

function lineAt(text: string, index: number): number {
  let line = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

function namesOf(clause: string): Pick<ImportStatement, "sourceNames" | "localNames"> {
  const sourceNames: string[] = [];
  const localNames: string[] = [];
  let inBraces = false;
  for (const item of clause.split(/(?=[{}])|,/)) {
    if (/[{}]/.test(item)) inBraces = item.includes("{");
    const name = item.replace(/[{}]/g, "");
    const [, source, local] = /^\s*(?:type\s+)?([\w$*]+)(?:\s*(?:\bas\b|:)\s*([\w$]+))?\s*$/.exec(name) ?? [];
    if (source === undefined) continue;
    if (source !== "*") sourceNames.push(inBraces ? source : "default");
    localNames.push(local ?? source);
  }
  return { sourceNames, localNames };
}
