import type { Engram } from "../../src/engram/engram.ts";
import type { EncodedText, Kernel } from "../../src/engram/kernel/kernel.ts";
import type { PeerHits } from "../peers/peer.ts";
import type { Query } from "./queries.ts";
import type { Racer, RacerAnswers } from "./race.ts";

/** A kernel that can be told the tokens of the next query, as peers are: what follows is the product's own search. */
export interface ToldKernel extends Kernel {
  next: Pick<EncodedText, "tokens" | "counts"> | null;
}

export function createToldKernel(kernel: Kernel): ToldKernel {
  const told: ToldKernel = {
    ...kernel,
    next: null,
    encodeText(...args) {
      if (told.next === null) return kernel.encodeText(...args);
      const lines = Uint32Array.of(1);
      return { ...told.next, startLines: lines, endLines: lines, rowEnds: Uint32Array.of(told.next.tokens.length) };
    },
  };
  return told;
}

/** Number of a chunk in the token file. */
export type ChunkNumbers = (path: string, startLine: number) => number;

/** The call that the product makes, from text to hits. */
export function createTextRacer(engram: Engram, numberOf: ChunkNumbers): Racer {
  return {
    run: (queries, k) =>
      answerAll(queries, numberOf, ({ text }) => {
        const started = performance.now();
        const hits = engram.search(text, { k });
        const ms = performance.now() - started;
        return { ms, wholeMs: ms, hits };
      }),
  };
}

/**
 * The same call with the tokens already found, as peers have them. In `ms` their ids are known too, as a peer's query object
 * is made; in `wholeMs` they are hashed and sorted first. Weighing, candidates, exact re-ranking and hits are in both.
 */
export function createTokenRacer(engram: Engram, kernel: ToldKernel, numberOf: ChunkNumbers): Racer {
  const { seed } = engram.info();
  return {
    run: (queries, k) =>
      answerAll(queries, numberOf, ({ tokens }) => {
        const utf8 = Buffer.from(tokens.map(([token]) => token).join(""));
        let end = 0;
        const ends = Uint32Array.from(tokens, ([token]) => (end += Buffer.byteLength(token)));
        const counts = tokens.map(([, count]) => Math.min(count, 255));
        const started = performance.now();
        kernel.next = sortTokens(kernel.hashTokens(utf8, ends, seed), counts);
        const prepared = performance.now();
        const hits = engram.search(" ", { k });
        const ended = performance.now();
        kernel.next = null;
        return { ms: ended - prepared, wholeMs: ended - started, hits };
      }),
  };
}

function sortTokens(tokens: Uint32Array, counts: readonly number[]): Pick<EncodedText, "tokens" | "counts"> {
  const packed = Float64Array.from(tokens, (token, i) => token * 256 + (counts[i] as number)).sort();
  return {
    tokens: Uint32Array.from(packed, (each) => each / 256),
    counts: Uint8Array.from(packed, (each) => each % 256),
  };
}

interface Answer {
  ms: number;
  wholeMs: number;
  hits: ReturnType<Engram["search"]>;
}

function answerAll(queries: readonly Query[], numberOf: ChunkNumbers, answer: (query: Query) => Answer): RacerAnswers {
  const answers = queries.map(answer);
  const numbered = ({ hits }: Answer): PeerHits =>
    hits.map(({ path, startLine, score }) => [numberOf(path, startLine), score]);
  return {
    ms: answers.map(({ ms }) => ms),
    wholeMs: answers.map(({ wholeMs }) => wholeMs),
    hits: () => answers.map(numbered),
  };
}
