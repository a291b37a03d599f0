import { z } from "zod";
import { limits } from "../shared/limits.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { Message } from "./model.ts";

export interface ModelSpeed {
  promptTokens: number;
  generatedTokens: number;
  prefillTokensPerSecond: number;
  /** While writing JSON under a grammar, with the prompt in the context: as in a review. */
  generationTokensPerSecond: number;
}

const prefillSlices = 4;
/** Long enough that every model writes a few dozen tokens, whatever it would like to say. */
const forcedAnswer = z.object({ text: z.string().min(150).max(200) });

/**
 * Times a loaded model with three requests on one prompt: the first computes it, the second finds all but its last slice
 * computed already, the third writes besides. The differences are the figures. Takes some 10 s for 135M parameters on
 * two cores.
 */
export async function benchModel(model: LlamaModel): Promise<ModelSpeed> {
  const messages = await longPrompt(model);
  const first = await model.generate({ messages, maxTokens: 1 });
  const again = await model.generate({ messages, maxTokens: 1 });
  const written = await model.generate({ messages, maxTokens: 400, schema: forcedAnswer });
  const cachedTokens = Math.floor((first.promptTokens - 1) / limits.prefillSliceTokens) * limits.prefillSliceTokens;
  return {
    promptTokens: first.promptTokens,
    generatedTokens: written.generatedTokens,
    prefillTokensPerSecond: (cachedTokens / (first.ms - again.ms)) * 1000,
    generationTokensPerSecond: ((written.generatedTokens - again.generatedTokens) / (written.ms - again.ms)) * 1000,
  };
}

/** Code of a little over four prefill slices; a nonce keeps an earlier bench of the same model from having computed it. */
async function longPrompt(model: LlamaModel): Promise<Message[]> {
  const line = "  return orders.slice((page - 1) * size, page * size).map((order) => order.id);\n";
  const lineTokens = await model.countTokens(line);
  const lines = Math.ceil(((prefillSlices + 0.5) * limits.prefillSliceTokens) / lineTokens);
  return [{ role: "user", content: `${process.hrtime.bigint()}\n${line.repeat(lines)}What does this code do?` }];
}
