import type { LanguageName } from "./languages.ts";

export type DefinitionKind = "function" | "type" | "value" | "method";

export interface DefinitionPattern {
  kind: DefinitionKind;
  /** Matches in code with comments and strings blanked out. Group `name`, and `indent` where it begins a line. */
  pattern: RegExp;
}

const NAME = "(?<name>[A-Za-z_$][\\w$]*)";
const START = "^(?<indent>[ \\t]*)";
const JS_PREFIX = "(?:export[ \\t]+)?(?:default[ \\t]+)?(?:declare[ \\t]+)?(?:abstract[ \\t]+)?";
const JVM_MODIFIERS =
  "(?:(?:public|protected|private|internal|static|final|abstract|sealed|open|override|virtual|async|partial|readonly|suspend|data|case|inline|synchronized|unsafe|extern|new)[ \\t]+)*";
const METHOD_TYPE = "(?:[\\w.$<>?,[\\]]+[ \\t]+)";

/**
 * How definitions look, by language: one line each, no parser. Missing an exotic form costs a finding, which is better
 * than a wrong one; so methods need their modifiers or their body on the line.
 */
export const definitionPatterns: Readonly<Record<LanguageName, readonly DefinitionPattern[]>> = {
  javascript: [
    define("function", `${JS_PREFIX}(?:async[ \\t]+)?function[ \\t]*\\*?[ \\t]*${NAME}`),
    define("type", `${JS_PREFIX}(?:const[ \\t]+)?(?:class|interface|enum|namespace)[ \\t]+${NAME}`),
    define("type", `(?:export[ \\t]+)?(?:declare[ \\t]+)?type[ \\t]+${NAME}[ \\t]*(?:<|=|$)`),
    define("value", `${JS_PREFIX}(?:const|let|var)[ \\t]+${NAME}`),
    define("value", `(?:module\\.)?exports\\.${NAME}[ \\t]*=`),
    define(
      "method",
      `(?:(?:public|private|protected|static|async|override|get|set|abstract)[ \\t]+)*\\*?${NAME}[ \\t]*(?:<[^>()]*>)?\\([^()]*\\)[ \\t]*(?::[^{};=]+)?\\{`,
    ),
  ],
  python: [
    define("function", `(?:async[ \\t]+)?def[ \\t]+${NAME}`),
    define("type", `class[ \\t]+${NAME}`),
    define("value", `${NAME}[ \\t]*(?::[^=\\n]+)?=(?!=)`),
  ],
  go: [
    define("function", `func[ \\t]+${NAME}[ \\t]*[([]`),
    define("method", `func[ \\t]*\\([^)]*\\)[ \\t]*${NAME}[ \\t]*\\(`),
    define("type", `type[ \\t]+${NAME}`),
    define("value", `(?:var|const)[ \\t]+${NAME}`),
  ],
  rust: [
    define(
      "function",
      `(?:pub(?:\\([^)]*\\))?[ \\t]+)?(?:(?:async|const|unsafe|extern(?:[ \\t]+\\S+)?)[ \\t]+)*fn[ \\t]+${NAME}`,
    ),
    define("type", `(?:pub(?:\\([^)]*\\))?[ \\t]+)?(?:struct|enum|trait|union|type)[ \\t]+${NAME}`),
    define("value", `(?:pub(?:\\([^)]*\\))?[ \\t]+)?(?:const|static)[ \\t]+(?:mut[ \\t]+)?${NAME}[ \\t]*:`),
    define("function", `macro_rules![ \\t]*${NAME}`),
  ],
  java: [
    define(
      "type",
      `${JVM_MODIFIERS}(?:class|interface|enum|record|object|trait|@interface|protocol|struct|typealias)[ \\t]+${NAME}`,
    ),
    define("function", `${JVM_MODIFIERS}(?:fun|func|def)[ \\t]+(?:<[^>]*>[ \\t]*)?${NAME}[ \\t]*[(<]`),
    define(
      "method",
      `(?=public|protected|private|static)${JVM_MODIFIERS}(?:<[^>]*>[ \\t]*)?${METHOD_TYPE}${NAME}[ \\t]*\\(`,
    ),
    define("value", `(?=public|protected)${JVM_MODIFIERS}${METHOD_TYPE}${NAME}[ \\t]*(?:=|;)`),
  ],
  csharp: [
    define("type", `${JVM_MODIFIERS}(?:class|interface|enum|record|struct|delegate)[ \\t]+${NAME}`),
    define("method", `(?=public|protected|private|internal|static)${JVM_MODIFIERS}${METHOD_TYPE}${NAME}[ \\t]*[(<]`),
    define(
      "value",
      `(?=public|protected|internal)${JVM_MODIFIERS}(?:const[ \\t]+)?${METHOD_TYPE}${NAME}[ \\t]*(?:=|;|\\{)`,
    ),
  ],
  c: [
    define("value", `#[ \\t]*define[ \\t]+${NAME}`),
    define("type", `(?:typedef[ \\t]+)?(?:struct|class|enum|union)[ \\t]+(?:class[ \\t]+)?${NAME}[^;()]*$`),
    define("type", `using[ \\t]+${NAME}[ \\t]*=`),
    define(
      "function",
      `(?!return|else|case|delete|throw|goto|new|typedef|using)(?:[\\w:<>,*&~]+[ \\t]+)+[*&]*(?:\\w+::)?${NAME}[ \\t]*\\([^;{}]*\\)?[^;{}]*[;{]?[ \\t]*$`,
    ),
  ],
  ruby: [
    define("function", `def[ \\t]+(?:self\\.)?${NAME}`),
    define("type", `(?:class|module)[ \\t]+(?:\\w+::)*${NAME}`),
    define("value", `(?<name>[A-Z][A-Z\\d_]+)[ \\t]*=(?![=~])`),
  ],
  php: [
    define("method", `(?:(?:public|protected|private|static|final|abstract)[ \\t]+)+function[ \\t]+&?${NAME}`),
    define("function", `function[ \\t]+&?${NAME}`),
    define("type", `(?:(?:final|abstract|readonly)[ \\t]+)*(?:class|interface|trait|enum)[ \\t]+${NAME}`),
    define("value", `(?:(?:public|protected|private|final)[ \\t]+)*const[ \\t]+${NAME}`),
  ],
  script: [],
};

function define(kind: DefinitionKind, source: string): DefinitionPattern {
  return { kind, pattern: new RegExp(`${START}${source}`, "gm") };
}
