import MiniSearch from "minisearch";
import type { PeerEngine } from "./peer.ts";
import { readTokenFile } from "./token-file.ts";
import { pathWeight } from "./weights.ts";

interface Document {
  id: number;
  path: string;
  text: string;
}

/** MiniSearch with the tokens as they are: it splits at spaces and changes nothing. Its weights are those of its BM25+. */
export async function buildMiniSearch(file: string): Promise<PeerEngine> {
  const index = new MiniSearch<Document>({
    fields: ["path", "text"],
    tokenize: (text) => text.split(" "),
    processTerm: (term) => term,
    searchOptions: { boost: { path: pathWeight }, combineWith: "OR" },
  });
  let id = 0;
  for await (const { path, text } of readTokenFile(file)) {
    index.add({ id: id++, path: path.join(" "), text: text.join(" ") });
  }
  return {
    note: "BM25+, splitting at spaces",
    prepare: (query) => query.map(([token]) => token).join(" "),
    search: (prepared, k) =>
      index
        .search(prepared as string)
        .slice(0, k)
        .map(({ id, score }) => [id as number, score]),
  };
}
