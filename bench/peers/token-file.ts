import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** A chunk as every peer gets it: the tokens of its path and of its text, with repeats. */
export interface TokenLine {
  path: string[];
  text: string[];
}

/** One line a chunk: path tokens, a tab, text tokens, apart by spaces. Tokens hold neither. */
export function writeTokenLine({ path, text }: TokenLine): string {
  return `${path.join(" ")}\t${text.join(" ")}\n`;
}

export async function* readTokenFile(file: string): AsyncGenerator<TokenLine> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const tab = line.indexOf("\t");
    yield { path: split(line.slice(0, tab)), text: split(line.slice(tab + 1)) };
  }
}

function split(tokens: string): string[] {
  return tokens === "" ? [] : tokens.split(" ");
}

/** How often each token stands. A path token counts three times in all engines that have no weight for a field. */
export function countTokens(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}
