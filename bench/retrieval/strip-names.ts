import { stemOf } from "../../src/retrieval/ranking/path-words.ts";
import { baseName } from "../../src/retrieval/ordinary-path.ts";

/** Names of a tree's files as a text may write them, lower-cased: whole paths, their ends, base names, stems. */
export function fileNamesOf(paths: Iterable<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of paths) {
    const lower = path.toLowerCase();
    for (let at = lower.length; at >= 0; at = lower.lastIndexOf("/", at - 1)) {
      names.add(lower.slice(at + 1));
      if (at === 0) break;
    }
    names.add(lower);
    names.add(stemOf(lower));
    names.add(baseName(lower).replace(/\.[^.]*$/, ""));
  }
  names.delete("");
  return names;
}

/** A text without the names of files; what is left no longer says where to look. */
export function stripFileNames(text: string, names: ReadonlySet<string>): string {
  return text.replace(/[\w.@/+-]+/g, (word) => {
    const bare = word.toLowerCase().replace(/^[./]+|[./]+$/g, "");
    return names.has(bare) || names.has(word.toLowerCase()) ? " " : word;
  });
}
