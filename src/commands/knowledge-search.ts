import { z } from "zod";
import { parseScope, type Scope, scopeRepository, sharedScopes } from "../knowledge/collections.ts";
import type { KnowledgeBase } from "../knowledge/knowledge-base.ts";
import type { KnowledgeHit } from "../knowledge/search-engrams.ts";
import { oneLine, printable } from "../publish/markdown/escape.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { runBatch } from "./batch.ts";
import { withKnowledge } from "./open-knowledge.ts";
import { checkQueryText } from "./query-text.ts";

interface SearchOptions {
  in?: string[];
  k: number;
  batch?: string;
  json?: boolean;
}

export async function searchKnowledge(text: string | undefined, options: SearchOptions): Promise<void> {
  const { batch } = options;
  if ((text === undefined) === (batch === undefined)) {
    throw new AssistantError(text === undefined ? "nothing is asked" : "the question is given twice", {
      code: "no-question",
      remedy: 'Give the question, knowledge search "which requests are retried", or many with --batch.',
    });
  }
  if (batch !== undefined) {
    process.exitCode = await withKnowledge((knowledge) =>
      runBatch(batch, (value) => answerLine(knowledge, value, options)),
    );
    return;
  }
  const hits = await withKnowledge((knowledge) => search(knowledge, text ?? "", options));
  if (options.json) process.stdout.write(`${JSON.stringify({ hits })}\n`);
  else process.stdout.write(hits.length === 0 ? "Nothing was found.\n" : hits.map(renderHit).join("\n"));
  process.exitCode = hits.length === 0 ? ExitCode.no : ExitCode.fine;
}

const lineSchema = z.strictObject({
  text: z.string(),
  in: z.array(z.string()).min(1).optional(),
  k: z.number().int().positive().max(limits.hitsAsked).optional(),
});

async function answerLine(knowledge: KnowledgeBase, value: unknown, options: SearchOptions): Promise<unknown> {
  const line = lineSchema.parse(value);
  return { hits: await search(knowledge, line.text, { in: line.in ?? options.in, k: line.k ?? options.k }) };
}

/** Whoever runs the command may read what is on the machine; yet one search reads one repository's private collections. */
async function search(
  knowledge: KnowledgeBase,
  text: string,
  options: Pick<SearchOptions, "in" | "k">,
): Promise<KnowledgeHit[]> {
  const scopes: readonly Scope[] = options.in?.map(parseScope) ?? sharedScopes;
  const repository = scopes.map(scopeRepository).find((found) => found !== null) ?? null;
  return knowledge.search(checkQueryText(text, "the question"), { k: options.k, scopes, repository });
}

/** The citation, then the lines around the best one. */
function renderHit({ collection, document, page, heading, line, startLine, score, text }: KnowledgeHit): string {
  const place = [
    `${collection}  ${oneLine(document)}:${line}`,
    ...(page === null ? [] : [`page ${page}`]),
    ...(heading === null ? [] : [oneLine(heading.join(" › "))]),
  ];
  const lines = printable(text).split("\n");
  const before = Math.min(line - startLine - Math.floor(limits.excerptLines / 2), lines.length - limits.excerptLines);
  const first = Math.max(0, before);
  const excerpt = lines.slice(first, first + limits.excerptLines).map((shown) => `    ${shown}`.trimEnd());
  return `${place.join("  ")}  ${score.toFixed(2)}\n${excerpt.join("\n")}\n`;
}
