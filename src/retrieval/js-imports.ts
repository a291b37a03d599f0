import { type CodeFile, lineCounter } from "./code-file.ts";

export interface ScriptImport {
  /** 1-based line where the statement begins. */
  line: number;
  /** What stands between `import` and `from`, or before `= require`. */
  clause: string;
  specifier: string;
  /** Names as the other module exports them (`default` for its default), and as this file calls them. Namespaces have no source name. */
  sourceNames: string[];
  localNames: string[];
}

const FROM =
  /^[ \t]*(?:import|export)\s+(?:type\s+)?(?<clause>[^"'`;()=]{1,4000}?)\s*from\s*["'](?<specifier>[^"'\n]+)["']/gm;
const REQUIRE =
  /^[ \t]*(?:const|let|var)\s+(?<clause>[^=;()]{1,4000}?)\s*=\s*(?:await\s+)?(?:require|import)\(\s*["'](?<specifier>[^"'\n]+)["']/gm;

/** Import, re-export and require statements of a JavaScript or TypeScript file. */
export function importsOf({ text, code }: CodeFile): ScriptImport[] {
  const lineOf = lineCounter(text);
  return [FROM, REQUIRE].flatMap((pattern) =>
    Array.from(text.matchAll(pattern)).flatMap(({ index, 0: statement, groups }) => {
      const start = index + statement.search(/\S/);
      // In a comment or a string there is nothing left of it in the code.
      if (code[start] !== text[start]) return [];
      const { clause = "", specifier = "" } = groups ?? {};
      return [{ line: lineOf(start), clause, specifier, ...namesOf(clause) }];
    }),
  );
}

/** Whether a module specifier means this repository: a relative path, or one of the usual aliases for its root. */
export function isInternal(specifier: string): boolean {
  return /^(?:\.|\/|@\/|~|#|src\/)/.test(specifier);
}

function namesOf(clause: string): Pick<ScriptImport, "sourceNames" | "localNames"> {
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
