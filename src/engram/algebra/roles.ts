import type { ChunkHit, EngramView, SearchOptions } from "../engram.ts";
import type { FileRow } from "../file-row.ts";
import {
  bind,
  difference,
  type IntegerVector,
  keepEntries,
  negate,
  positivePart,
  rowsVector,
  sum,
  unbind,
  vectorOf,
} from "./token-vector.ts";

/**
 * Names whose definitions a change takes away: the negative part of Δ = after − before in the block of roles, unbound from
 * `defines`. Tokens of other roles become noise by that; what is no word of the old text is such noise and is cleaned away
 * (a bundle of bound vectors is read by unbinding and cleaning up: Plate 2003, Kanerva 2009). Values say how many
 * definitions went.
 * @param before rows of the changed files as they were, @param after as they are
 */
export function removedDefinitions(before: readonly FileRow[], after: readonly FileRow[], seed: number): IntegerVector {
  const delta = difference(rowsVector(after, ["roles"]), rowsVector(before, ["roles"]));
  const names = unbind(positivePart(negate(delta)), "defines", seed);
  const known = new Set(rowsVector(before, ["text"]).tokens);
  return keepEntries(names, (token) => known.has(token));
}

/** Calls and imports of these names: the same tokens, bound to those roles, in one vector. */
export function usesOf(names: IntegerVector, seed: number): IntegerVector {
  const once = vectorOf(names.tokens, new Int32Array(names.tokens.length).fill(1));
  return sum([bind(once, "calls", seed), bind(once, "imports", seed)]);
}

/**
 * Chunks that call or import what a change takes away: calls ⊙ defines⁻¹ ⊙ (−Δ), best first. Names that the tree of `view`
 * still defines somewhere are left out, because a name alone does not say whose it is.
 * @param view the tree after the change
 */
export function usersOfRemoved(
  view: EngramView,
  before: readonly FileRow[],
  after: readonly FileRow[],
  options: SearchOptions,
): ChunkHit[] {
  const { seed } = view.info();
  const names = removedDefinitions(before, after, seed);
  const definitions = bind(names, "defines", seed);
  const defined = view.frequencies(definitions.tokens);
  const still = new Set<number>();
  for (let i = 0; i < defined.length; i++) if ((defined[i] as number) > 0) still.add(definitions.tokens[i] as number);
  const gone = unbind(
    keepEntries(definitions, (token) => !still.has(token)),
    "defines",
    seed,
  );
  return view.searchVector(usesOf(gone, seed), options);
}
