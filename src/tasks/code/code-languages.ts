/** Endings of files by what people and models call a language. */
const names: Readonly<Record<string, string>> = {
  ts: "typescript ts mts cts",
  tsx: "tsx",
  js: "javascript js mjs cjs node jsx",
  py: "python py python3",
  go: "go golang",
  rs: "rust rs",
  java: "java",
  kt: "kotlin kt",
  c: "c h",
  cpp: "cpp c++ cc hpp cxx",
  cs: "csharp cs c#",
  rb: "ruby rb",
  php: "php",
  swift: "swift",
  dart: "dart",
  sh: "bash sh shell zsh",
  ps1: "powershell ps1",
  css: "css",
  vue: "vue",
  sol: "solidity sol",
  json: "json",
  yaml: "yaml yml",
  sql: "sql",
  html: "html",
  md: "markdown md",
};

const extensions = new Map(
  Object.entries(names).flatMap(([extension, all]) => all.split(" ").map((name) => [name, extension] as const)),
);

/** `ts` for `typescript`, `TypeScript` or `ts`; null for what is not known. */
export function extensionOf(language: string): string | null {
  return extensions.get(language.toLowerCase()) ?? null;
}

/** The ending of a path in the same terms. */
export function extensionOfPath(path: string): string | null {
  const ending = /\.([a-z0-9+#]+)$/i.exec(path)?.[1];
  return ending === undefined ? null : extensionOf(ending);
}
