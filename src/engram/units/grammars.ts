import { languageOf } from "../languages.ts";
import type { Grammar } from "./grammar.ts";
import { c, cpp } from "./grammars/c.ts";
import { csharp } from "./grammars/csharp.ts";
import { dart } from "./grammars/dart.ts";
import { javascript, tsx, typescript } from "./grammars/ecmascript.ts";
import { go } from "./grammars/go.ts";
import { java } from "./grammars/java.ts";
import { php } from "./grammars/php.ts";
import { python } from "./grammars/python.ts";
import { ruby } from "./grammars/ruby.ts";
import { rust } from "./grammars/rust.ts";
import { bash, powershell } from "./grammars/shells.ts";
import { solidity } from "./grammars/solidity.ts";
import { swift } from "./grammars/swift.ts";
import { css, vue } from "./grammars/web.ts";

/** By language, as `languageOf` names it. */
const grammars: Readonly<Record<string, Grammar>> = {
  bash,
  c,
  cpp,
  csharp,
  css,
  dart,
  go,
  java,
  javascript,
  php,
  powershell,
  python,
  ruby,
  rust,
  solidity,
  swift,
  tsx,
  typescript,
  vue,
};

/** The grammar for a file; null where there is none. */
export function grammarOf(path: string): Grammar | null {
  // A header may be either; C++'s grammar reads nearly all of C, C's grammar little of C++.
  if (/\.h$/i.test(path)) return cpp;
  return grammars[languageOf(path) ?? ""] ?? null;
}

/** The grammars that a file needs: its own and those of what may stand inside of it. */
export function grammarsNeeded(path: string): Grammar[] {
  const grammar = grammarOf(path);
  if (grammar === null) return [];
  return grammar === vue ? [vue, typescript, tsx, javascript] : [grammar];
}
