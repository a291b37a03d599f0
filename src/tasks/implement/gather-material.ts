import type { EngramView } from "../../engram/engram.ts";
import { isProsePath, isReleaseFile, isTestPath } from "../../retrieval/ordinary-path.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { estimateTokens } from "../../retrieval/pack-evidence.ts";
import { relatedFiles } from "../../retrieval/related-files.ts";
import { findSimilarCode } from "../../retrieval/similar-code.ts";
import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { limits } from "../../shared/limits.ts";
import { gatherPassages } from "../ask/gather-passages.ts";
import type { Passage } from "../ask/passage.ts";
import type { ImplementInput } from "./input.ts";
import { wordsOf } from "./plan-documents.ts";

/** What a plan is made from, beside the places. */
export interface PlanMaterial {
  /** Of the collection `specifications`. */
  specifications: Passage[];
  /** Of the repository's own documents. */
  documents: Evidence[];
  /** How such things are done elsewhere in the repository: the alternatives of the design. */
  similar: Evidence[];
  /** Tests that go with the first place, nearest first; else of files beside it. */
  tests: Evidence[];
}

/** Tokens of the specifications that a plan reads. */
const specificationTokens = 1_200;

export async function gatherMaterial(
  places: readonly ImplementPlace[],
  { request, view, past, tree, specifications }: ImplementInput,
  signal: AbortSignal,
): Promise<PlanMaterial> {
  const text = wordsOf(request).join("\n").slice(0, limits.issueCharacters);
  const citeCommit = (): string => tree.commit;
  const k = limits.planPassages;
  const countTokens = async (one: string): Promise<number> => estimateTokens(one);
  const gather = { tokens: specificationTokens, countTokens, most: k, signal };
  const prose = (path: string): boolean => isProsePath(path) && !isReleaseFile(path);
  const exclude = places.map(({ path, startLine, endLine }) => ({ path, startLine, endLine }));
  const code = (path: string): boolean => !isProsePath(path) && !isTestPath(path);
  const [first] = places;
  const sources = { view, history: past.history, graph: openCodeGraph(view) };
  const alike = [text, first?.evidence[0]?.text ?? ""].join("\n");
  const related =
    first === undefined || view.text(first.path) === null ? [] : relatedFiles(first, sources, { k: 12, citeCommit });
  const tests = related.filter(({ path, ties }) => ties.test || isTestPath(path));
  return {
    specifications: specifications === null ? [] : onePerDocument(await gatherPassages(text, [specifications], gather)),
    documents: onePerFile([
      ...documentsNaming(first?.symbol ?? null, view, prose, tree.commit),
      ...findSimilarCode(view, { text, k, filter: prose, citeCommit }),
    ]).slice(0, k),
    similar: findSimilarCode(view, { text: alike, k, exclude, filter: code, paths: false, citeCommit }),
    tests: [...tests.filter(({ ties }) => ties.test), ...tests.filter(({ ties }) => !ties.test)].map(
      ({ evidence }) => evidence,
    ),
  };
}

/** Lines around a mention: a paragraph. */
const around = 2;

/** Where documents name what is changed. */
function documentsNaming(
  symbol: string | null,
  view: EngramView,
  filter: (path: string) => boolean,
  commit: string,
): Evidence[] {
  const name = symbol?.split(".").at(-1);
  if (name === undefined) return [];
  return view.pathsWithToken(name).flatMap((path): Evidence[] => {
    const lines = filter(path) ? (view.text(path) ?? "").replace(/\n$/, "").split("\n") : [];
    const at = lines.findIndex((line) => line.includes(name));
    if (at < 0) return [];
    const [startLine, endLine] = [Math.max(1, at + 1 - around), Math.min(lines.length, at + 1 + around)];
    const text = lines.slice(startLine - 1, endLine).join("\n");
    const citation = { kind: "code", path, startLine, endLine, commit } as const;
    return [{ kind: "similar-code", citation, score: 1, why: `names ${name}`, text }];
  });
}

function onePerDocument(found: readonly Passage[]): Passage[] {
  const names = found.map(({ source, document }) => `${source} ${document}`);
  return found.filter((_, i) => names.indexOf(names[i] ?? "") === i);
}

function onePerFile(found: readonly Evidence[]): Evidence[] {
  const paths = found.map(({ citation }) => (citation.kind === "code" ? citation.path : ""));
  return found.filter((_, i) => paths.indexOf(paths[i] ?? "") === i);
}
