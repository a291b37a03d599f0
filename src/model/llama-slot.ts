import {
  type ChatHistoryItem,
  type ChatWrapper,
  type GbnfJsonSchema,
  type Llama,
  LlamaGrammarEvaluationState,
  type LlamaContextSequence,
  LlamaText,
  type LlamaModel,
  resolveChatWrapper,
  type Token,
} from "node-llama-cpp";
import { limits } from "../shared/limits.ts";
import type { GenerateReply, WorkerRequest } from "./llama-messages.ts";
import type { Message } from "./model.ts";
import { type PrefillThreads, prefillThreads } from "./prefill-threads.ts";

/** One request at a time on one context of a loaded model. Runs inside the worker only. */
export interface Slot {
  llama: Llama;
  model: LlamaModel;
  sequence: LlamaContextSequence;
  template: ChatWrapper;
  prefillThreads: PrefillThreads;
  generationThreads: number;
  /** Tokens at the head of the context that were evaluated in whole slices, and may be used again. */
  prefilled: Token[];
}

export async function openSlot(llama: Llama, model: LlamaModel, contextTokens: number, cores: number): Promise<Slot> {
  const contextSize = Math.min(contextTokens, model.trainContextSize ?? contextTokens);
  const context = await model.createContext({ contextSize, threads: cores, batchSize: limits.prefillSliceTokens });
  const template = resolveChatWrapper(model, { warningLogs: false });
  return {
    llama,
    model,
    sequence: context.getSequence(),
    template,
    prefillThreads: prefillThreads(cores),
    generationThreads: generationThreads(model.size, cores),
    prefilled: [],
  };
}

/**
 * Answers one request. Cancelling is looked for between prefill slices and between generated tokens: nothing else may
 * stop llama.cpp, because a thread that ends while it computes aborts the process.
 * Errors: the signal's reason.
 */
export async function generateIn(slot: Slot, request: WorkerRequest, signal: AbortSignal): Promise<GenerateReply> {
  const started = performance.now();
  const { tokens, stops } = formatPrompt(slot, request.messages);
  const contextTokens = slot.sequence.contextSize;
  // The library would drop the beginning of an overlong prompt without a word.
  if (tokens.length + request.maxTokens > contextTokens) {
    return { outcome: "too-long", promptTokens: tokens.length, contextTokens };
  }
  await prefill(slot, tokens, signal);
  const { text, generatedTokens, cutOff } = await writeAnswer(slot, tokens.slice(-1), request, stops, signal);
  const ms = performance.now() - started;
  return { outcome: "answer", text, cutOff, promptTokens: tokens.length, generatedTokens, ms };
}

interface Prompt {
  tokens: Token[];
  stops: { tokens: Set<Token>; texts: string[] };
}

/** The messages in the model's own chat template. Text that spells a control token stays text. */
function formatPrompt({ template, model }: Slot, messages: Message[]): Prompt {
  const chatHistory: ChatHistoryItem[] = messages.map(({ role, content }) => {
    if (role === "assistant") return { type: "model", response: [content] };
    return { type: role, text: content };
  });
  if (messages.at(-1)?.role !== "assistant") chatHistory.push({ type: "model", response: [] });
  const { contextText, stopGenerationTriggers } = template.generateContextState({ chatHistory });
  const stops = { tokens: new Set<Token>(), texts: [] as string[] };
  for (const trigger of stopGenerationTriggers) {
    const [token, ...more] = LlamaText(trigger).tokenize(model.tokenizer);
    if (token !== undefined && more.length === 0) stops.tokens.add(token);
    else stops.texts.push(LlamaText(trigger).toString());
  }
  return { tokens: contextText.tokenize(model.tokenizer), stops };
}

/**
 * Evaluates all tokens but the last. Slices begin at multiples of their length and only whole slices are used again:
 * the same prompt goes through the same batches whatever came before, and so gives the same answer to the last bit.
 */
async function prefill(slot: Slot, tokens: Token[], signal: AbortSignal): Promise<void> {
  const { sequence, prefilled, llama } = slot;
  const slice = limits.prefillSliceTokens;
  const end = tokens.length - 1;
  let same = 0;
  while (same < Math.min(end, prefilled.length) && tokens[same] === prefilled[same]) same++;
  let start = same - (same % slice);
  await sequence.adaptStateToTokens(tokens.slice(0, start), false);
  if (sequence.nextTokenIndex !== start) {
    // Models with a sliding window or a recurrent state cannot always go back to an earlier token.
    await sequence.clearHistory();
    start = 0;
  }
  slot.prefilled = tokens.slice(0, start);
  for (let at = start; at < end; at += slice) {
    signal.throwIfAborted();
    const part = tokens.slice(at, Math.min(at + slice, end));
    const threads = slot.prefillThreads.next();
    llama.maxThreads = threads;
    const started = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(part);
    if (part.length < slice) continue;
    slot.prefillThreads.record(threads, slice, performance.now() - started);
    slot.prefilled.push(...part);
  }
  signal.throwIfAborted();
}

interface Answer {
  text: string;
  generatedTokens: number;
  cutOff: boolean;
}

async function writeAnswer(
  slot: Slot,
  lastToken: Token[],
  request: WorkerRequest,
  stops: Prompt["stops"],
  signal: AbortSignal,
): Promise<Answer> {
  const { sequence, model, llama } = slot;
  const grammar =
    request.schema === null ? null : await llama.createGrammarForJsonSchema<GbnfJsonSchema>(request.schema);
  const stopTexts = [...request.stop, ...stops.texts];
  llama.maxThreads = slot.generationThreads;
  const stream = sequence.evaluate(lastToken, {
    temperature: request.temperature,
    seed: request.seed,
    grammarEvaluationState: grammar === null ? undefined : new LlamaGrammarEvaluationState({ model, grammar }),
    yieldEogToken: true,
  });
  const written: Token[] = [];
  for await (const token of stream) {
    signal.throwIfAborted();
    if (model.isEogToken(token) || stops.tokens.has(token)) return finish(slot, written, false);
    written.push(token);
    if (grammar !== null || stopTexts.length > 0) {
      const text = model.detokenize(written);
      const stop = stopTexts.map((one) => text.indexOf(one)).filter((at) => at >= 0);
      if (stop.length > 0) return { ...finish(slot, written, false), text: text.slice(0, Math.min(...stop)) };
      // The library's grammar asks for four line ends after the value; nobody needs them.
      if (grammar !== null && isComplete(text)) return finish(slot, written, false);
    }
    if (written.length >= request.maxTokens) break;
  }
  return finish(slot, written, true);
}

function finish({ model }: Slot, written: Token[], cutOff: boolean): Answer {
  return { text: model.detokenize(written), generatedTokens: written.length, cutOff };
}

/** Whether an object or an array ends here. */
function isComplete(text: string): boolean {
  if (!/[}\]]\s*$/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Each written token reads all weights; below this size threads wait for each other longer than they read. */
const manyThreadsFromBytes = 700e6;
/** Reading the weights is bound by memory, which few cores keep busy. */
const generationThreadsMax = 4;

/**
 * Threads for writing, by a fixed rule and not by measuring: other than in a prefill, their number changes the last bits
 * of the result, and the same request must give the same answer. Measured on two cores: 24M to 500M parameters write
 * faster or as fast with one thread, 1.8G parameters (1 GB) 1.3 times faster with two.
 */
function generationThreads(weightBytes: number, cores: number): number {
  return weightBytes < manyThreadsFromBytes ? 1 : Math.min(cores, generationThreadsMax);
}
