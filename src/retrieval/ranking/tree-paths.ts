import type { EngramView } from "../../engram/engram.ts";

import { queryWords } from "../words.ts";
import { addScore, type FileScores } from "./file-scores.ts";
import { pathQueryWords, pathWordsOf, stemOf, topicOf } from "./path-words.ts";
import { baseName, isTestPath } from "../ordinary-path.ts";

/** The indexed files of a tree by what their paths say. */
export interface TreePaths {
  paths: ReadonlySet<string>;
  /** Number of files in the group of a path, at least 1. */
  sizeOf(group: (path: string) => string, path: string): number;
  /** Files whose paths hold words of the text; rare words count more, words of the base name twice. */
  matching(text: string): FileScores;
  /** Files that the text names by path, base name or stem. */
  named(text: string): FileScores;
  /** Files about the same thing as these, by their names: `foo.ts`, `foo.test.ts`, `test_foo.py`. */
  siblings(seeds: readonly (readonly [path: string, weight: number])[]): FileScores;
}

const known = new WeakMap<EngramView, TreePaths>();

/** Read once for each view. */
export function treePathsOf(view: EngramView): TreePaths {
  let tree = known.get(view);
  if (tree === undefined) known.set(view, (tree = readTreePaths(view)));
  return tree;
}

/** A name shared by more files (`index`, `mod`) ties none of them together. */
const mostSiblings = 20;
const baseWeight = 2;

function readTreePaths(view: EngramView): TreePaths {
  const paths = new Set<string>();
  const words = new Map<string, ReturnType<typeof pathWordsOf>>();
  const [byWord, byStem, byTopic] = [createLists(), createLists(), createLists()];
  for (const file of view.files()) {
    if (file.chunks === 0) continue;
    const { path } = file;
    paths.add(path);
    const parts = pathWordsOf(path);
    words.set(path, parts);
    for (const word of new Set([...parts.base, ...parts.directories])) byWord.add(word, path);
    byStem.add(stemOf(path).toLowerCase(), path);
    byTopic.add(topicOf(path), path);
  }

  /** Long paths need more in common: their words are many. */
  function matching(text: string): FileScores {
    const scores: FileScores = new Map();
    for (const word of pathQueryWords(text)) {
      const holders = byWord.of(word);
      const rarity = Math.log(1 + (paths.size - holders.length + 0.5) / (holders.length + 0.5));
      for (const path of holders) {
        addScore(scores, path, rarity * (words.get(path)?.base.has(word) ? baseWeight : 1));
      }
    }
    for (const [path, score] of scores) {
      const { base, directories } = words.get(path) ?? pathWordsOf(path);
      scores.set(path, score / Math.sqrt(3 + baseWeight * base.size + directories.size));
    }
    return scores;
  }

  const sizes = new Map<(path: string) => string, Map<string, number>>();
  function sizesOf(group: (path: string) => string): Map<string, number> {
    let counts = sizes.get(group);
    if (counts === undefined) {
      sizes.set(group, (counts = new Map()));
      for (const path of paths) counts.set(group(path), (counts.get(group(path)) ?? 0) + 1);
    }
    return counts;
  }

  return {
    paths,
    sizeOf: (group, path) => sizesOf(group).get(group(path)) ?? 1,
    matching,
    named: (text) => namedIn(text, paths, byStem.of),
    siblings(seeds) {
      const scores: FileScores = new Map();
      for (const [path, weight] of seeds) {
        const others = byTopic.of(topicOf(path)).filter((other) => other !== path);
        if (topicOf(path) === "" || others.length > mostSiblings) continue;
        for (const other of others) {
          const crosses = isTestPath(other) !== isTestPath(path);
          addScore(scores, other, ((crosses ? 1 : 0.7) * weight) / Math.sqrt(others.length));
        }
      }
      return scores;
    },
  };
}

function namedIn(text: string, paths: Iterable<string>, withStem: (stem: string) => readonly string[]): FileScores {
  const scores: FileScores = new Map();
  for (const word of new Set(text.toLowerCase().match(/[\w.+@-]*\w/g) ?? [])) {
    const stem = baseName(word).replace(/\..*$/, "");
    if (stem.length < 3) continue;
    const sameStem = withStem(stem);
    const sameName = sameStem.filter((path) => baseName(path).toLowerCase() === word);
    for (const path of sameName) addScore(scores, path, 3 / sameName.length);
    if (sameName.length > 0 || queryWords(stem).size === 0) continue;
    for (const path of sameStem) addScore(scores, path, 1 / sameStem.length);
  }
  const written = [...new Set(text.match(/[\w.@-]+(?:\/[\w.@-]+)+/g) ?? [])];
  if (written.length === 0) return scores;
  for (const path of paths) {
    for (const end of written) if (path === end || path.endsWith(`/${end}`)) addScore(scores, path, 6);
  }
  return scores;
}

function createLists() {
  const lists = new Map<string, string[]>();
  return {
    add(key: string, path: string): void {
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [path]);
      else list.push(path);
    },
    of: (key: string): readonly string[] => lists.get(key) ?? [],
  };
}
