import type { GenerateRequest, GenerateResult, Message, Model, ModelIdentity } from "../../model/model.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import type { Remark } from "./answer.ts";
import { confirmPrompt, proofPrompt, proofSchema, type Claim } from "./confirm-prompt.ts";
import type { QuotedLines } from "./find-quote.ts";
import type { Tile } from "./tiles.ts";

/** A choice among options, read as probabilities where the back end tells them (src/model/decide.ts). */
export type Decide = (
  model: Model,
  request: { messages: Message[]; options: string[]; signal?: AbortSignal },
) => Promise<{ option: string; probabilities: number[] | null }>;

/** What a second look at a remark came to. */
export type SecondLook =
  | {
      confirmed: true;
      /** Of yes, 0..1; null where the back end does not tell. */
      probability: number | null;
      /** The line that it rests on: of the new file, or of the evidence. */
      proof: { line: number } | { evidence: Evidence };
      model: ModelIdentity;
    }
  | { confirmed: false; reason: string };

export interface SecondLookOptions {
  model: Model;
  decide: Decide;
  /** Probability of yes from which on a claim counts as true; null: where yes is the likelier answer. */
  threshold: number | null;
  generate: <T>(request: GenerateRequest<T>) => Promise<GenerateResult<T>>;
  signal?: AbortSignal | undefined;
}

/**
 * Asks a model again about what it said: whether the code bears it out, and by which line, which code then looks up word for
 * word. Errors: those of the model.
 */
export async function confirmRemark(
  { tile, remark, lines, evidence }: { tile: Tile; remark: Remark; lines: QuotedLines; evidence: Evidence | null },
  { model, decide, threshold, generate, signal }: SecondLookOptions,
): Promise<SecondLook> {
  const shown = linesAround(tile, lines);
  const claim: Claim = {
    path: tile.path,
    code: shown.map(({ text }) => text).join("\n"),
    claim: `${remark.claim}\n${remark.scenario}`,
    evidence: evidence ? [{ path: pathOf(evidence), text: evidence.text }] : [],
  };
  const { messages, options } = confirmPrompt(claim);
  const { option, probabilities } = await decide(model, { messages, options, ...(signal && { signal }) });
  const probability = probabilities?.[options.indexOf("yes")] ?? null;
  const isBorneOut = probability === null || threshold === null ? option === "yes" : probability >= threshold;
  if (!isBorneOut) return { confirmed: false, reason: "asked again, the model did not stand by it" };

  const answer = await generate({ messages: proofPrompt(claim), schema: proofSchema, maxTokens: limits.quoteTokens });
  const { quote = "", it } = answer.value ?? {};
  const at = placeOfQuote(
    shown.map(({ text }) => text),
    quote,
  );
  const isInEvidence = at < 0 && evidence !== null && placeOfQuote(evidence.text.split("\n"), quote) >= 0;
  if (at < 0 && !isInEvidence)
    return { confirmed: false, reason: "asked again, the model quoted what does not stand there" };
  if (it !== "supports the claim")
    return { confirmed: false, reason: "asked again, the model quoted a line that contradicts it" };
  const proof = isInEvidence ? { evidence } : { line: shown[at]?.line ?? lines.startLine };
  return { confirmed: true, probability, proof, model: answer.model };
}

/** Lines of the new file that stand together with the quoted ones. */
function linesAround({ lines }: Tile, { startLine, endLine }: QuotedLines): { line: number; text: string }[] {
  const there = lines.flatMap(({ newLine, text }) => (newLine === null ? [] : [{ line: newLine, text }]));
  const at = there.findIndex(({ line }) => line === startLine);
  const isNext = (index: number): boolean => there[index]?.line === (there[index - 1]?.line ?? -1) + 1;
  let from = at;
  while (from > 0 && isNext(from) && startLine - (there[from - 1]?.line ?? 0) <= limits.secondLookLines) from--;
  let to = at + 1;
  while (to < there.length && isNext(to) && (there[to]?.line ?? 0) - endLine <= limits.secondLookLines) to++;
  return there.slice(from, to);
}

function pathOf({ citation }: Evidence): string {
  return citation.kind === "code" ? citation.path : citation.kind;
}

/** Index of the first of the lines that were copied, word for word but for white space around them; -1 where they do not stand there. */
function placeOfQuote(lines: readonly string[], quote: string): number {
  const copied = quote
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
  if (!/[\p{L}\p{N}]/u.test(quote)) return -1;
  return lines.findIndex((_, start) => copied.every((text, offset) => lines[start + offset]?.trim() === text));
}
