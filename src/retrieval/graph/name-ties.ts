import { createNameTokens, type NameRole } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import { limits } from "../../shared/limits.ts";
import { familyOf } from "../language-family.ts";
import { remember } from "./remember.ts";

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

  /**
   * How much one tie by this name weighs: rare names count more, because they both bring two files together and say what
   * about, hence the square; definitions share.
   */
  function weightOf(name: number): number {
    const definers = definersOf(name).length;
    const rarity = Math.log(1 + indexedFiles / (definers + usersOf(name).length)) ** 2;
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
    const { used, defined } = namesIn(new Set(row.roleTokens));
    for (const name of used) tie(ties.uses, definersOf(name), weightOf(name));
    for (const name of defined) tie(ties.users, usersOf(name), weightOf(name));
    return ties;
  };

  /** Names that the file uses without defining them, and names that it defines; common ones are left out. */
  function namesIn(roleTokens: ReadonlySet<number>): { used: number[]; defined: number[] } {
    const used = new Set<number>();
    const defined: number[] = [];
    for (const token of roleTokens) {
      for (const role of useRoles) used.add(tokens.unbind(token, role));
      defined.push(tokens.unbind(token, "defines"));
    }
    const foreign = [...used].filter((name) => !roleTokens.has(tokens.bind(name, "defines")));
    return { used: uncommon(foreign), defined: uncommon(defined) };
  }

  /** Names that are defined and used somewhere, and not in so many chunks that they say nothing. */
  function uncommon(names: readonly number[]): number[] {
    const [definitions, calls, imports] = (["defines", ...useRoles] as const).map((role) =>
      view.frequencies(Uint32Array.from(names, (name) => tokens.bind(name, role))),
    ) as [Uint32Array, Uint32Array, Uint32Array];
    return names.filter((_, i) => {
      const uses = (calls[i] as number) + (imports[i] as number);
      return isFew(definitions[i] as number, limits.filesPerName) && isFew(uses, limits.graphUses);
    });
  }
}

function isFew(count: number, most: number): boolean {
  return count > 0 && count <= most;
}
