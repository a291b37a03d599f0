import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { encoderName } from "./catalogue.ts";
import type { CoreBudget } from "./core-budget.ts";
import type { Encoder, EncoderProvider } from "./encoder.ts";
import { loadLlamaEncoder } from "./llama-encoder.ts";
import { expectedOf, fileNamed, pin } from "./local-file.ts";

export interface EncoderProviderOptions {
  /** Where `assistant models pull` installs. */
  modelsDir: string;
  /** Shared with all models of the process. */
  budget: () => Promise<CoreBudget>;
}

/** The encoder that is installed, loaded on first use. One that is installed later is found by the next call. */
export function openEncoderProvider({ modelsDir, budget }: EncoderProviderOptions): EncoderProvider {
  let opening: Promise<Encoder> | null = null;
  let failed: { reason: string; at: number } | null = null;
  let closed = false;

  async function open(): Promise<Encoder> {
    const file = fileNamed(encoderName, modelsDir);
    const { path, name } = file;
    const encoder = await loadLlamaEncoder({ path, name, expected: await expectedOf(file), budget: await budget() });
    await pin(file, encoder.weights);
    return encoder;
  }

  return {
    async encoder() {
      if (closed) return { encoder: null, reason: "the models are closed" };
      // Reading 70 MB to say the same again is for nobody's good; whether there is a file is seen at once.
      if (failed !== null && Date.now() - failed.at < limits.serverRetryMs)
        return { encoder: null, reason: failed.reason };
      opening ??= open();
      try {
        const encoder = await opening;
        failed = null;
        return { encoder, reason: null };
      } catch (error) {
        opening = null;
        const reason = messageOf(error);
        const missing = error instanceof AssistantError && error.code === "model-missing";
        failed = missing ? null : { reason, at: Date.now() };
        return { encoder: null, reason };
      }
    },
    async close() {
      closed = true;
      const encoder = await opening?.catch(() => null);
      await encoder?.close();
    },
  };
}
