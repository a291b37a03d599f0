import { murmur3 } from "./kernel/murmur3.ts";

/**
 * The token space: an id is a uint32 whose highest bit is a sign and whose other bits are a position below
 * `tokenPositions`. That number is the largest multiple of 2^16 · 5^5 below 2^31, so that each dimension the space is
 * folded to (10,000, 50,000, 65,536, 100,000) divides it. Binding by a shift of positions then commutes with folding:
 * fold(bind(v, role)) = a rotation of fold(v).
 */
export const tokenPositions = 2_048_000_000;

/** Dimensions that the token space folds to without a remainder. */
export const foldDimensions = [10_000, 50_000, 65_536, 100_000] as const;

/** Dimensions of a hypervector unless a caller asks for others. */
export const defaultDimensions = 65_536;

/** A token id from 32 bits of hash. */
export function toTokenId(hash: number): number {
  return ((hash & 0x80000000) | ((hash & 0x7fffffff) % tokenPositions)) >>> 0;
}

export function positionOf(token: number): number {
  return token & 0x7fffffff;
}

/** 1 or -1. */
export function signOf(token: number): number {
  return token >>> 31 === 0 ? 1 : -1;
}

/**
 * What a token stands for besides "it is in the text": roles are bound to tokens, so that one vector holds them all and
 * each can be taken out again.
 */
export const roles = ["path", "defines", "calls", "imports"] as const;
export type Role = (typeof roles)[number];

/** By how much a role shifts positions: a number of its own for each role and seed. */
export function roleShift(role: Role, seed: number): number {
  const name = Buffer.from(`role:${role}`);
  return (murmur3(name, 0, name.length, seed) & 0x7fffffff) % tokenPositions;
}

/**
 * Binding by permutation (Gayler 1998; Plate 2003, "Holographic Reduced Representation", §3.6.7; Kanerva 2009): the
 * position is rotated by the role's shift, the sign stays. A bijection of token ids, inverted exactly by `unbindToken`.
 */
export function bindToken(token: number, shift: number): number {
  return ((token & 0x80000000) | ((positionOf(token) + shift) % tokenPositions)) >>> 0;
}

export function unbindToken(token: number, shift: number): number {
  return bindToken(token, tokenPositions - shift);
}
