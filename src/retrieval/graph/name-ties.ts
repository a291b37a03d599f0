import { createNameTokens, type NameRole } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import { limits } from "../../shared/limits.ts";
import { familyOf } from "../language-family.ts";

/** A name that is defined in more files says little about each of them (Aider's repository map). */
const fewDefinitions = 5;
const manyDefinitionsFactor = 0.1;

const useRoles = ["calls", "imports"] as const satisfies readonly NameRole[];

/** Ties of one file by names, in both directions: path and weight. */
export interface Ties {
  users: Map<string, number>;
  uses: Map<string, number>;
}

/**
 * Files tied by the names that the grammars found in them: one calls or imports (`calls`, `imports`) what the other
 * defines. Read from token ids alone: an id that is unbound from a role and bound to another one is found in the tree only
 * if it had the first role, but for some hundred thousandths of cases.
 */
export function createNameTies(view: EngramView): (path: string) => Ties {
  const { seed, indexedFiles } = view.info();
  const tokens = createNameTokens(seed);
  const definersOf = remember((name: number) => view.pathsWithTokenId(tokens.bind(name, "defines")));
  const usersOf = remember((name: number) => {
    const [calling = [], importing = []] = useRoles.map((role) => view.pathsWithTokenId(tokens.bind(name, role)));
    if (importing.length === 0) return calling;
    return calling.length === 0 ? importing : [...new Set([...calling, ...importing])];
  });

  /** How much one tie by this name weighs: rare names count more, and definitions share. */
  function weightOf(name: number): number {
    const definers = definersOf(name).length;
    const rarity = Math.log(1 + indexedFiles / (definers + usersOf(name).length));
    return (rarity / definers) * (definers > fewDefinitions ? manyDefinitionsFactor : 1);
  }

  return (path) => {
    const ties: Ties = { users: new Map(), uses: new Map() };
    const row = view.row(path);
    if (row === null) return ties;
    const family = familyOf(path);
    if (family === null) return ties;
    const tie = (to: Map<string, number>, others: Iterable<string>, weight: number) => {
      for (const other of others) {
        if (other !== path && familyOf(other) === family) to.set(other, (to.get(other) ?? 0) + weight);
      }
    };
    const roleTokens = new Set(row.roleTokens);
    for (const name of usedNames(roleTokens)) tie(ties.uses, definersOf(name), weightOf(name));
    for (const name of definedNames(roleTokens)) tie(ties.users, usersOf(name), weightOf(name));
    return ties;
  };

  /** Names that the file uses, not defines, and that the tree defines in a few places. */
  function usedNames(roleTokens: ReadonlySet<number>): number[] {
    const names = new Set<number>();
    for (const token of roleTokens) for (const role of useRoles) names.add(tokens.unbind(token, role));
    const list = [...names].filter((name) => !roleTokens.has(tokens.bind(name, "defines")));
    const found = view.frequencies(Uint32Array.from(list, (name) => tokens.bind(name, "defines")));
    return list.filter((_, i) => (found[i] as number) > 0 && (found[i] as number) <= limits.filesPerName);
  }

  /** Names that the file defines, hardly anybody else does, and the tree uses. */
  function definedNames(roleTokens: ReadonlySet<number>): number[] {
    const list = [...roleTokens];
    const definitions = view.frequencies(Uint32Array.from(list));
    const names = list.filter((_, i) => (definitions[i] as number) <= limits.filesPerName);
    const unbound = names.map((token) => tokens.unbind(token, "defines"));
    const [calls, imports] = useRoles.map((role) =>
      view.frequencies(Uint32Array.from(unbound, (name) => tokens.bind(name, role))),
    );
    return unbound.filter((_, i) => (calls?.[i] as number) + (imports?.[i] as number) > 0);
  }
}

function remember<K, V>(read: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = read(key)));
    return value;
  };
}
