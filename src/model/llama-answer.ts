import type { GbnfJsonSchema, Llama, LlamaJsonSchemaGrammar, Token } from "node-llama-cpp";
import { limits } from "../shared/limits.ts";
import type { AnswerReply, WorkerRequest } from "./llama-messages.ts";
import type { TokenPrompt } from "./llama-prompt.ts";
import { holdCores, prefill, type Slot } from "./llama-slot.ts";
import { type TextWriter, textWriter } from "./text-writer.ts";
import { tokenSteps } from "./token-steps.ts";

/**
 * Writes an answer. Cancelling is looked for between prefill slices and between written tokens: nothing else may stop
 * llama.cpp, because a thread that ends while it computes aborts the process.
 * Errors: the signal's reason.
 */
export async function answerIn(
  slot: Slot,
  prompt: TokenPrompt,
  request: WorkerRequest,
  onText: (piece: string) => void,
  signal: AbortSignal,
): Promise<AnswerReply> {
  const started = performance.now();
  const { model } = slot;
  await prefill(slot, prompt.tokens, signal);
  const writer = textWriter<Token>({
    detokenize: (tokens, before) => model.detokenize(tokens, false, before),
    stops: [...request.stop, ...prompt.stops.texts],
    // The library's grammar asks for four line ends after the value; nobody needs them.
    json: request.schema !== null,
    onText,
  });
  const cutOff = await write(slot, prompt, request, writer, signal);
  const ms = performance.now() - started;
  const { text, tokens: generatedTokens } = writer;
  return { outcome: "answer", text, cutOff, promptTokens: prompt.tokens.length, generatedTokens, ms };
}

/** Whether the answer was cut off. */
async function write(
  slot: Slot,
  { tokens, stops }: TokenPrompt,
  request: WorkerRequest,
  writer: TextWriter<Token>,
  signal: AbortSignal,
): Promise<boolean> {
  const { model, llama } = slot;
  const { temperature, seed, schema, maxTokens } = request;
  const grammar = schema === null ? null : await grammarOf(llama, schema);
  const steps = tokenSteps(slot, tokens.at(-1) as Token, { temperature, seed, grammar });
  const cores = holdCores(slot, "writing", signal);
  try {
    while (writer.tokens < maxTokens) {
      await cores.ready();
      const token = await steps.next();
      signal.throwIfAborted();
      if (model.isEogToken(token) || stops.tokens.has(token)) {
        writer.end();
        return false;
      }
      if (writer.write(token)) return false;
    }
    writer.end();
    return true;
  } finally {
    cores.release();
    await steps.end();
  }
}

/** Grammars of the schemas asked for last: a program asks for the same few again and again. */
const grammars = new Map<string, LlamaJsonSchemaGrammar<GbnfJsonSchema>>();

async function grammarOf(llama: Llama, schema: GbnfJsonSchema): Promise<LlamaJsonSchemaGrammar<GbnfJsonSchema>> {
  const key = JSON.stringify(schema);
  const grammar = grammars.get(key) ?? (await llama.createGrammarForJsonSchema<GbnfJsonSchema>(schema));
  grammars.delete(key);
  grammars.set(key, grammar);
  for (const [oldest] of grammars) {
    if (grammars.size <= limits.grammarsKept) break;
    grammars.delete(oldest);
  }
  return grammar;
}
