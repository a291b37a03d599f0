import { pathRelativeLength, queryWeight, saturation } from "../../../src/engram/bm25.ts";
import { bindTokens, encodeQuery } from "../../../src/engram/encode.ts";
import type { ChunkHit } from "../../../src/engram/engram.ts";
import { chunkLength, rowStart } from "../../../src/engram/file-row.ts";
import { tokenize } from "../../../src/engram/tokenize.ts";
import type { DemoEngram } from "./demo-engram.ts";
import { bar, colours, type Drawing, text } from "./svg.ts";

const question = "torn line of the journal";
const [left, chart, pixelsAPoint] = [24, 300, 30];

interface Word {
  word: string;
  /** Ids of the word in texts and in paths. */
  ids: readonly number[];
  /** How many chunks hold it in their text. */
  frequency: number;
  weights: readonly number[];
}

/** A question, what its words weigh, and what each adds to the scores of the best chunks. */
export function drawSearch(demo: DemoEngram): Drawing {
  const { chunks } = demo.engram.info();
  const words = weigh(demo, chunks);
  const hits = demo.engram.search(question, { k: 4 });
  const parts = [
    text(left, 24, `“${question}”`, "strong"),
    text(left, 44, `asked of ${chunks} chunks: the rarer a word, the more it says`, "small quiet"),
  ];
  for (const [i, { word, frequency, weights }] of words.entries()) {
    const y = 72 + i * 20;
    parts.push(
      text(left, y, word, "code"),
      text(chart - 30, y, `in ${frequency} of ${chunks} chunks`, "small quiet", "end"),
      bar(chart, y - 9, (weights[0] ?? 0) * pixelsAPoint, 9, colours[i % colours.length] ?? "a"),
      text(chart + (weights[0] ?? 0) * pixelsAPoint + 8, y, `weight ${(weights[0] ?? 0).toFixed(2)}`, "small quiet"),
    );
  }
  const begin = 72 + words.length * 20 + 24;
  parts.push(text(left, begin, "The best chunks, and what each word adds to their scores", "small quiet"));
  for (const [i, hit] of hits.entries()) {
    const y = begin + 26 + i * 40;
    parts.push(text(left, y, `${hit.path}:${hit.startLine}-${hit.endLine}`, "code"));
    let x = chart;
    for (const [j, share] of sharesOf(demo, hit, words).entries()) {
      parts.push(bar(x, y - 11, share * pixelsAPoint * 0.6, 14, colours[j % colours.length] ?? "a"));
      x += share * pixelsAPoint * 0.6;
    }
    parts.push(text(x + 8, y, hit.score.toFixed(2), "small strong"));
  }
  return {
    title: `How the question “${question}” is scored`,
    width: 760,
    height: begin + 20 + hits.length * 40,
    parts,
  };
}

function weigh({ engram, encoder }: DemoEngram, chunks: number): Word[] {
  return [...new Set(tokenize(question))].map((word) => {
    const counted = encodeQuery(encoder, word);
    const inPaths = bindTokens(counted, "path", encoder.seed);
    const ids = [counted.tokens[0] ?? 0, inPaths.tokens[0] ?? 0];
    const frequencies = engram.frequencies(Uint32Array.from(ids).toSorted());
    const byId = new Map(ids.toSorted((a, b) => a - b).map((id, i) => [id, frequencies[i] ?? 0]));
    const weights = ids.map((id) => (byId.get(id) === 0 ? 0 : queryWeight(1, byId.get(id) ?? 0, chunks)));
    return { word, ids, frequency: byId.get(ids[0] ?? 0) ?? 0, weights };
  });
}

/** What each word adds. Throws where that is not the score that the search gave: then the picture would lie. */
function sharesOf({ engram }: DemoEngram, hit: ChunkHit, words: readonly Word[]): number[] {
  const row = engram.row(hit.path);
  const chunk = engram.chunks(hit.path).findIndex(({ startLine }) => startLine === hit.startLine);
  if (row === null || chunk < 0) throw new Error(`there is no ${hit.path}`);
  const { length, chunks } = engram.info();
  const relativeLength = chunkLength(row, chunk) / (length / chunks);
  const start = rowStart(row, chunk);
  const shares = words.map(({ ids, weights }) => {
    const inText = row.tokens.subarray(start, row.rowEnds[chunk]).indexOf(ids[0] ?? 0);
    const inPath = row.pathTokens.indexOf(ids[1] ?? 0);
    const ofText = inText < 0 ? 0 : saturation(row.counts[start + inText] ?? 0, relativeLength);
    const ofPath = inPath < 0 ? 0 : saturation(row.pathCounts[inPath] ?? 0, pathRelativeLength);
    return (weights[0] ?? 0) * ofText + (weights[1] ?? 0) * ofPath;
  });
  const sum = shares.reduce((all, share) => all + share, 0);
  if (Math.abs(sum - hit.score) > 1e-6) throw new Error(`${hit.path} has ${hit.score}, and its words have ${sum}`);
  return shares;
}
