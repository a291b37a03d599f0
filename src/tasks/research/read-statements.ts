import type { Statement } from "./answer.ts";

/** Takes the pieces of a JSON answer as they are written. */
export interface StatementReader {
  /** @returns statements that this piece completed, in order, with the keys of their parts */
  read(piece: string): { part: string; statement: Statement }[];
}

/**
 * Reads `{"part": [{"sources": […], "sentence": …}, …], …}` while it is written. Scans for strings and brackets alone: the
 * grammar has seen to the rest, and what is no statement is passed over.
 */
export function createStatementReader(): StatementReader {
  let text = "";
  let at = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let stringStart = 0;
  let lastString = "";
  let part = "";
  let itemStart = -1;

  function step(found: { part: string; statement: Statement }[]): void {
    const character = text[at];
    if (inString) {
      if (escaped) escaped = false;
      else if (character === "\\") escaped = true;
      else if (character === '"') {
        inString = false;
        lastString = text.slice(stringStart, at);
      }
      return;
    }
    if (character === '"') [inString, stringStart] = [true, at + 1];
    else if (character === ":" && depth === 1) part = lastString;
    else if (character === "{" || character === "[") {
      if (character === "{" && depth === 2) itemStart = at;
      depth++;
    } else if (character === "}" || character === "]") {
      depth--;
      if (character === "}" && depth === 2 && itemStart >= 0) {
        const statement = parseStatement(text.slice(itemStart, at + 1));
        if (statement !== null) found.push({ part, statement });
        itemStart = -1;
      }
    }
  }

  return {
    read(piece) {
      text += piece;
      const found: { part: string; statement: Statement }[] = [];
      for (; at < text.length; at++) step(found);
      return found;
    },
  };
}

function parseStatement(json: string): Statement | null {
  try {
    const { sources, sentence } = JSON.parse(json) as Partial<Statement>;
    const isOne =
      typeof sentence === "string" && Array.isArray(sources) && sources.every((id) => typeof id === "string");
    return isOne ? { sentence, sources } : null;
  } catch {
    return null;
  }
}
