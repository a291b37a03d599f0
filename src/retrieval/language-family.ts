/**
 * Languages whose files name each other's things, by the ends of their names: those with a grammar that says what names do.
 */
const extensions = {
  bash: "sh bash zsh ksh bats",
  c: "c h cc cpp cxx c++ hh hpp hxx h++ inl ipp tpp cppm ixx",
  csharp: "cs csx",
  dart: "dart",
  ecmascript: "js mjs cjs jsx ts mts cts tsx vue",
  go: "go",
  java: "java",
  php: "php phtml php5",
  powershell: "ps1 psm1 psd1",
  python: "py pyi pyw pyx",
  ruby: "rb rake gemspec ru podspec",
  rust: "rs",
  solidity: "sol",
  swift: "swift",
} as const;

export type LanguageFamily = keyof typeof extensions;

const byExtension = new Map(
  Object.entries(extensions).flatMap(([family, ends]) => ends.split(" ").map((end) => [end, family as LanguageFamily])),
) as ReadonlyMap<string, LanguageFamily>;

/** By the end of the path; null where no grammar says what names do. */
export function familyOf(path: string): LanguageFamily | null {
  return byExtension.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase()) ?? null;
}
