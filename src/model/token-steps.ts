import { type LlamaGrammar, LlamaGrammarEvaluationState, type Token } from "node-llama-cpp";
import type { Slot } from "./llama-slot.ts";

export interface Sampling {
  temperature: number;
  seed: number;
  grammar: LlamaGrammar | null;
}

/** Goes on with what a context holds, one token after another. */
export interface TokenSteps {
  /** Evaluates the token before and chooses the next one. Not to be called again until that is done. */
  next(): Promise<Token>;
  end(): Promise<void>;
}

/** @param last token of the prompt, the only one that was not evaluated yet */
export function tokenSteps(slot: Slot, last: Token, { temperature, seed, grammar }: Sampling): TokenSteps {
  const { model } = slot;
  const grammarEvaluationState = grammar === null ? undefined : new LlamaGrammarEvaluationState({ model, grammar });
  const options: StepOptions = { temperature, seed, grammarEvaluationState };
  // The library keeps contexts on one GPU from computing at the same time; only its own generator takes part in that.
  return slot.llama.gpu === false ? bareSteps(slot, last, options) : librarySteps(slot, last, options);
}

interface StepOptions {
  temperature: number;
  seed: number;
  grammarEvaluationState: LlamaGrammarEvaluationState | undefined;
}

function librarySteps({ sequence }: Slot, last: Token, options: StepOptions): TokenSteps {
  const stream = sequence.evaluate([last], { ...options, yieldEogToken: true });
  return {
    async next() {
      const { value } = await stream.next();
      if (value === undefined) throw new Error("llama.cpp chose no token");
      return value;
    },
    async end() {
      await stream.return();
    },
  };
}

/**
 * What the library's generator does around each token (locks, queues and timers for requests that share a context, which ours
 * never do) takes half a millisecond of a core, beside 10 to 16 for a token of a small model. This is the same without it.
 */
function bareSteps(slot: Slot, last: Token, options: StepOptions): TokenSteps {
  const { context, sequence, Sampler, model } = bindingsOf(slot);
  const sampler = new Sampler(model);
  sampler.applyConfig(sequence._resolveSamplerConfig(options));
  const token = Uint32Array.of(last);
  return {
    async next() {
      context.initBatch(1);
      const [logits] = context.addToBatch(sequence._sequenceId, sequence._nextTokenIndex, token, firstOfBatch);
      await context.decodeBatch();
      sequence._contextTokens.push(token[0] as Token);
      sequence._nextTokenIndex++;
      const next = await context.sampleToken(logits as number, sampler);
      if (next < 0) throw new Error("llama.cpp chose no token");
      token[0] = next;
      return next as Token;
    },
    async end() {
      sampler.dispose();
    },
  };
}

const firstOfBatch = Uint32Array.of(0);

/** What node-llama-cpp 3.21.1 makes its own generator of. */
interface Bindings {
  context: {
    initBatch(tokens: number): void;
    /** @returns where the logits of each token lie that was named by its place among these */
    addToBatch(sequence: number, firstIndex: number, tokens: Uint32Array, named: Uint32Array): Uint32Array;
    decodeBatch(): Promise<void>;
    /** @returns -1 where there is none */
    sampleToken(logits: number, sampler: NativeSampler): Promise<number>;
  };
  sequence: {
    _sequenceId: number;
    /** What the library believes the context to hold. */
    _contextTokens: Token[];
    _nextTokenIndex: number;
    _resolveSamplerConfig(options: StepOptions): object;
  };
  Sampler: new (model: unknown) => NativeSampler;
  model: unknown;
}

interface NativeSampler {
  applyConfig(config: object): void;
  dispose(): void;
}

function bindingsOf({ llama, model, context, sequence }: Slot): Bindings {
  const { _bindings } = llama as unknown as { _bindings: { AddonSampler: Bindings["Sampler"] } };
  return {
    context: (context as unknown as { _ctx: Bindings["context"] })._ctx,
    sequence: sequence as unknown as Bindings["sequence"],
    Sampler: _bindings.AddonSampler,
    model: (model as unknown as { _model: unknown })._model,
  };
}
