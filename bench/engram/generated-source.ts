import { blobId } from "../../src/engram/blob-id.ts";
import type { TreeSource } from "../../src/engram/tree-source.ts";
import { createRandom } from "../statistics.ts";

/** Functions of one generated file are one to this many; with their lines about five chunks on average. */
const mostFunctions = 19;
const chunksPerFile = 5;

/**
 * A made-up TypeScript repository of about this many chunks, the same each time. Words follow Zipf's law, names are made
 * of one to three of them, and each file has its own few dozen names beside those that are everywhere, as code has. The
 * bench prints its statistics; nobody should take it for real code.
 */
export function generatedSource(chunks: number): TreeSource {
  const random = createRandom(20_261);
  const words = makeWords(random, 3_000 + Math.round(20 * Math.sqrt(chunks)));
  const files = new Map<string, { path: string; data: Buffer }>();
  for (let i = 0; i * chunksPerFile < chunks; i++) {
    const file = makeFile(random, words, i);
    files.set(blobId(file.data), file);
  }
  const entries = [...files].map(([oid, { path }]) => ({ path, mode: "100644", oid }));
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    revision: `tree-${blobId(Buffer.from(entries.map(({ oid }) => oid).join()))}`,
    entries: async () => entries,
    sizes: async (oids) => new Map(oids.map((oid) => [oid, files.get(oid)?.data.length ?? 0])),
    async *blobs(oids) {
      for (const oid of oids) yield { oid, data: (files.get(oid) as { data: Buffer }).data };
    },
  };
}

type Pick = () => string;

const syllables = "ba co di fu ge ha in jo ka le mi no ra se ti ur ve wo xa zon ter lin mar pos que sta tri ver".split(
  " ",
);

function makeWords(random: () => number, count: number): string[] {
  const words = new Set<string>();
  while (words.size < count) {
    const length = 2 + Math.floor(random() * 2);
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(""));
  }
  return [...words];
}

/** Zipf's law with exponent 1: rank r is drawn in proportion to 1 / r. */
function zipf<T>(random: () => number, values: readonly T[]): () => T {
  return () => values[Math.min(values.length - 1, Math.floor((values.length + 1) ** random()) - 1)] as T;
}

/** What a file draws its names from. */
interface Names {
  /** Mostly the file's own names, by Zipf's law; now and then one that is everywhere, or a new one. */
  name: Pick;
  /** A word that is everywhere. */
  word: Pick;
}

function makeFile(random: () => number, words: readonly string[], number: number): { path: string; data: Buffer } {
  const word = zipf(random, words);
  const rare = () => words[Math.floor(random() * words.length)] as string;
  const own = Array.from({ length: 5 + Math.floor(random() * 24) }, () => nameOf(random, random() < 0.3 ? rare : word));
  const ownName = zipf(random, own);
  const name: Pick = () => {
    const kind = random();
    if (kind < 0.86) return ownName();
    return kind < 0.97 ? word() : nameOf(random, word);
  };
  const functions = Array.from({ length: 1 + Math.floor(random() * mostFunctions) }, () =>
    makeFunction(random, { name, word }),
  );
  const imports = `import { ${own[0]}, ${name()} } from "../${word()}/${own[1]}.ts";\n\n`;
  const folder = `src/${words[number % 23]}/${words[number % 211]}`;
  return { path: `${folder}/${own[0]}-${number}.ts`, data: Buffer.from(imports + functions.join("\n")) };
}

/** One to three words as one identifier. */
function nameOf(random: () => number, word: Pick): string {
  const parts = Array.from({ length: 1 + Math.floor(random() * 2.5) }, word);
  return parts.map((part, i) => (i === 0 ? part : part[0]?.toUpperCase() + part.slice(1))).join("");
}

function makeFunction(random: () => number, { name, word }: Names): string {
  const statements = Array.from({ length: 5 + Math.floor(random() * 10) }, () => `  ${makeStatement(random, name)}`);
  const sentence = Array.from({ length: 5 + Math.floor(random() * 6) }, word).join(" ");
  const head = `/** ${sentence}. */\nexport function ${name()}(${name()}: string, ${name()}: number) {`;
  return [head, ...statements, "}", ""].join("\n");
}

function makeStatement(random: () => number, name: Pick): string {
  const forms: Pick[] = [
    () => `const ${name()} = ${name()}.${name()}(${Math.floor(random() * 10)});`,
    () => `if (${name()} === ${name()}) return;`,
    () => `for (const ${name()} of ${name()}) {\n  }`,
    () => `${name()}.${name()} = await ${name()}();`,
    () => `throw new Error("${name()}");`,
  ];
  return (forms[Math.floor(random() * forms.length)] as Pick)();
}
