/** A stretch of text that is not code: a comment or a string. */
export interface Span {
  kind: "comment" | "string";
  /** Source of a regular expression that matches where it begins. */
  open: string;
  /** Text that ends it. One that is not `multiline` ends with its line at the latest. */
  close: string;
  escapes: boolean;
  multiline: boolean;
  /** `${…}` inside is code. */
  interpolates?: boolean;
}

export type LanguageName =
  | "javascript"
  | "python"
  | "go"
  | "rust"
  | "java"
  | "csharp"
  | "c"
  | "ruby"
  | "php"
  | "script";

export interface Language {
  name: LanguageName;
  spans: Span[];
}

const slashComment = comment("//");
const hashComment = comment("#");
const blockComment: Span = { kind: "comment", open: "/\\*", close: "*/", escapes: false, multiline: true };
const double = quoted('"');
const single = quoted("'");
const template: Span = { ...quoted("`", true), interpolates: true };
/** A regular expression stands where a value may begin; anywhere else the slash divides. */
const regexLiteral: Span = { ...quoted("/"), open: "(?<=(?:[(,=:[!&|?{};+]|\\breturn)[ \\t]*)/(?![*/])" };
/** A lifetime (`'a`) has no closing quote; a character has one after one character or one escape. */
const rustCharacter: Span = { ...quoted("'"), open: "'(?=\\\\|[^'\\\\\\n]')" };
const cLike = [slashComment, blockComment, double];

const LANGUAGES: Record<LanguageName, Span[]> = {
  javascript: [...cLike, single, template, regexLiteral],
  python: [hashComment, quoted('"""', true), quoted("'''", true), double, single],
  go: [...cLike, single, { ...quoted("`", true), escapes: false }],
  rust: [slashComment, blockComment, quoted('"', true), rustCharacter],
  java: [slashComment, blockComment, quoted('"""', true), double, single],
  csharp: [...cLike, single],
  c: [...cLike, single],
  ruby: [hashComment, { ...blockComment, open: "^=begin", close: "\n=end" }, double, single],
  php: [slashComment, comment("#(?!\\[)"), blockComment, quoted('"', true), quoted("'", true)],
  script: [hashComment, double, single],
};

const EXTENSIONS: Record<LanguageName, string> = {
  javascript: "js jsx mjs cjs ts tsx mts cts",
  python: "py pyi",
  go: "go",
  rust: "rs",
  java: "java kt kts scala groovy swift dart",
  csharp: "cs",
  c: "c h cc cpp cxx hpp hh hxx m mm cu",
  ruby: "rb rake gemspec",
  php: "php",
  script: "sh bash zsh yml yaml toml tf ps1 pl r jl",
};

const BY_EXTENSION = new Map(
  (Object.keys(EXTENSIONS) as LanguageName[]).flatMap((name) =>
    EXTENSIONS[name].split(" ").map((extension): [string, Language] => [extension, { name, spans: LANGUAGES[name] }]),
  ),
);

/** By file extension; null for what is not known to be code. */
export function languageOf(path: string): Language | null {
  return BY_EXTENSION.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase()) ?? null;
}

function comment(open: string): Span {
  return { kind: "comment", open, close: "\n", escapes: false, multiline: false };
}

function quoted(quote: string, multiline = false): Span {
  return { kind: "string", open: quote, close: quote, escapes: true, multiline };
}
