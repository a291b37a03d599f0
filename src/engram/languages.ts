/** Languages by the ends of their files' names; `.h` counts as C, though C++ uses it too: a path says no more. */
const extensions: Readonly<Record<string, string>> = {
  ada: "adb ads",
  asciidoc: "adoc asciidoc",
  assembly: "asm s",
  astro: "astro",
  bash: "sh bash zsh ksh bats",
  batch: "bat cmd",
  c: "c h",
  clojure: "clj cljc cljs edn",
  cmake: "cmake",
  cobol: "cbl cob cpy",
  cpp: "cc cpp cxx c++ hh hpp hxx h++ inl ipp tpp cppm ixx",
  crystal: "cr",
  csharp: "cs csx",
  css: "css",
  csv: "csv tsv",
  cuda: "cu cuh",
  d: "d di",
  dart: "dart",
  diff: "diff patch",
  dockerfile: "dockerfile",
  elixir: "ex exs",
  elm: "elm",
  erlang: "erl hrl",
  fortran: "f f90 f95 f03 f08 for",
  fsharp: "fs fsi fsx",
  go: "go",
  graphql: "graphql gql graphqls",
  groovy: "groovy gradle gvy",
  handlebars: "hbs handlebars mustache",
  haskell: "hs lhs",
  hcl: "hcl tf tfvars",
  html: "html htm xhtml",
  ini: "ini cfg conf properties editorconfig",
  java: "java",
  javascript: "js mjs cjs jsx",
  json: "json json5 jsonc jsonl webmanifest map",
  julia: "jl",
  jupyter: "ipynb",
  kotlin: "kt kts",
  latex: "tex sty cls bib",
  less: "less",
  lisp: "lisp lsp cl el scm rkt",
  lua: "lua",
  make: "mk mak",
  markdown: "md markdown mdx mkd",
  nim: "nim",
  nix: "nix",
  "objective-c": "m mm",
  ocaml: "ml mli",
  pascal: "pas pp dpr",
  perl: "pl pm t",
  php: "php phtml php5",
  powershell: "ps1 psm1 psd1",
  protobuf: "proto",
  python: "py pyi pyw pyx",
  r: "r rmd",
  restructuredtext: "rst rest",
  ruby: "rb rake gemspec ru podspec",
  rust: "rs",
  sass: "sass scss",
  scala: "scala sc sbt",
  solidity: "sol",
  sql: "sql ddl dml psql",
  svelte: "svelte",
  swift: "swift",
  text: "txt text log",
  toml: "toml",
  tsx: "tsx",
  typescript: "ts mts cts",
  vb: "vb vbs bas",
  verilog: "v vh sv svh",
  vhdl: "vhd vhdl",
  vue: "vue",
  xml: "xml xsd xsl xslt svg plist csproj vbproj fsproj props targets resx",
  yaml: "yaml yml",
  zig: "zig",
};

/** Languages of files whose names have no such end, in lower case. */
const fileNames: Readonly<Record<string, string>> = {
  ".babelrc": "json",
  ".bash_profile": "bash",
  ".bashrc": "bash",
  ".eslintrc": "json",
  ".gitconfig": "ini",
  ".prettierrc": "yaml",
  ".profile": "bash",
  ".zshrc": "bash",
  brewfile: "ruby",
  "cmakelists.txt": "cmake",
  containerfile: "dockerfile",
  dockerfile: "dockerfile",
  gemfile: "ruby",
  gnumakefile: "make",
  guardfile: "ruby",
  jenkinsfile: "groovy",
  makefile: "make",
  podfile: "ruby",
  rakefile: "ruby",
  vagrantfile: "ruby",
};

/** All names that `languageOf` gives, in order. */
export const languageNames: readonly string[] = Object.keys(extensions);

const byFileName = new Map(Object.entries(fileNames));
const byExtension = new Map<string, string>();
for (const [language, ends] of Object.entries(extensions)) {
  for (const end of ends.split(" ")) byExtension.set(end, language);
}

/** The language of a file by its name alone, for example "typescript"; null where the name says nothing. */
export function languageOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const known = byFileName.get(name);
  if (known !== undefined) return known;
  const dot = name.lastIndexOf(".");
  return dot < 0 ? null : (byExtension.get(name.slice(dot + 1)) ?? null);
}
