import type { Message, Model } from "../../model/model.ts";
import type { ModelReport } from "../../publish/outcome.ts";

/** What models did so far, added up. */
export interface Usage {
  name: string | null;
  prompts: number;
  promptTokens: number;
  generatedTokens: number;
  ms: number;
  /** Why words of a model are not shown, or none was asked; each once. */
  notes: Set<string>;
}

export function newUsage(): Usage {
  return { name: null, prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0, notes: new Set() };
}

export function reportOf({ name, notes, ...counted }: Usage): ModelReport {
  return { name, note: [...notes].join("; "), ...counted };
}

/** A text of a model, counted. Errors: those of the model; the signal's reason. */
export async function write(
  model: Model,
  messages: Message[],
  maxTokens: number,
  usage: Usage,
  signal: AbortSignal,
): Promise<string> {
  const result = await model.generate({ messages, maxTokens, priority: "person", signal });
  usage.name = result.model.name;
  usage.prompts++;
  usage.promptTokens += result.promptTokens;
  usage.generatedTokens += result.generatedTokens;
  usage.ms += result.ms;
  return result.text;
}
