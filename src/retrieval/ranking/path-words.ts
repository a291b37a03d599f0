import { baseName } from "../ordinary-path.ts";
import { partsOf, queryWords } from "../words.ts";

export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The base name up to its first dot: `query-runner.test.ts` → query-runner, `.eslintrc.json` → eslintrc. */
export function stemOf(path: string): string {
  return baseName(path).replace(/^\.+/, "").replace(/\..*$/, "");
}

export function extensionOf(path: string): string {
  return /[^.]\.([^.]+)$/.exec(baseName(path))?.[1] ?? "";
}

/** Words of a base name and of the directories above, without their endings. */
export function pathWordsOf(path: string): { base: Set<string>; directories: Set<string> } {
  const segments = directoryOf(path).split("/");
  return {
    base: new Set(namePartsOf(stemOf(path)).map(withoutEnding)),
    directories: new Set(segments.flatMap(namePartsOf).map(withoutEnding)),
  };
}

/** What a file is about, whatever kind of file it is: equal for `src/query-runner.ts` and `test/QueryRunnerTest.ts`. */
export function topicOf(path: string): string {
  return partsOf(stemOf(path))
    .filter((part) => !/^(tests?|specs?|unit|bench)$/.test(part))
    .join(" ");
}

/** Words of a query that may stand in a path, without their endings. */
export function pathQueryWords(text: string): Set<string> {
  return new Set([...queryWords(text)].map(withoutEnding));
}

function namePartsOf(name: string): string[] {
  const whole = name.toLowerCase();
  return whole === "" ? [] : [...new Set([...partsOf(name), whole])];
}

/** "parsing" and "parser" may be about parse.ts. */
function withoutEnding(word: string): string {
  return word.length > 4 ? word.replace(/(ing|ers?|ors?|es|ed|s)$/, "") : word;
}
