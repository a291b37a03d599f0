import { murmur3 } from "../kernel/murmur3.ts";
import { bindToken, roleShift, toTokenId, tokenPositions } from "../token-space.ts";
import { words } from "../tokenize.ts";
import { lowerCase } from "../word-characters.ts";

/** Roles that the grammars give to names. */
export type NameRole = "defines" | "calls" | "imports";

/** Token ids bound to the roles of names, one at a time and without vectors. */
export interface NameTokens {
  /** Ids of the whole words of a name, as they stand in texts; most names are one word. */
  ofName(name: string): number[];
  bind(token: number, role: NameRole): number;
  /** What gives this token when bound to the role: a name's token where it was bound to this role, noise otherwise. */
  unbind(token: number, role: NameRole): number;
}

/** @param seed of the engram whose tokens are meant */
export function createNameTokens(seed: number): NameTokens {
  const shifts: Record<NameRole, number> = {
    defines: roleShift("defines", seed),
    calls: roleShift("calls", seed),
    imports: roleShift("imports", seed),
  };
  return {
    ofName: (name) => words(name).map((word) => hashWord(lowerCase(word), seed)),
    bind: (token, role) => bindToken(token, shifts[role]),
    unbind: (token, role) => bindToken(token, tokenPositions - shifts[role]),
  };
}

function hashWord(word: string, seed: number): number {
  const bytes = Buffer.from(word);
  return toTokenId(murmur3(bytes, 0, bytes.length, seed));
}
