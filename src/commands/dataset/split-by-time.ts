import { type DatasetExample, type Split, splits } from "./example.ts";

export interface TimeSplit {
  examples: Record<Split, DatasetExample[]>;
  /** Left out because they began before a boundary and ended after it. */
  straddling: number;
}

/** Shares of the examples, oldest first. */
const shares: Record<Split, number> = { train: 0.8, validation: 0.1, test: 0.1 };

/**
 * Parts examples by time: all that was written for one part is older than all that was written for the next one, and what
 * belongs together stays together. What was begun before a boundary and ended after it is left out.
 */
export function splitByTime(all: readonly DatasetExample[]): TimeSplit {
  const groups = groupsOf(all);
  const [train, validation] = boundaries(groups);
  const partOf = ({ begin, end }: Group): Split | null => {
    if (end <= train) return "train";
    if (begin > train && end <= validation) return "validation";
    return begin > validation ? "test" : null;
  };
  const examples: Record<Split, DatasetExample[]> = { train: [], validation: [], test: [] };
  let straddling = 0;
  for (const group of groups) {
    const part = partOf(group);
    if (part === null) straddling += group.examples.length;
    else examples[part].push(...group.examples);
  }
  for (const part of splits) examples[part].sort((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1));
  return { examples, straddling };
}

interface Group {
  begin: number;
  end: number;
  examples: DatasetExample[];
}

/** By their ends, oldest first. */
function groupsOf(all: readonly DatasetExample[]): Group[] {
  const groups = new Map<string, Group>();
  for (const example of all) {
    const { group, begin, end } = example;
    const known = groups.get(group);
    if (known === undefined) groups.set(group, { begin, end, examples: [example] });
    else {
      known.begin = Math.min(known.begin, begin);
      known.end = Math.max(known.end, end);
      known.examples.push(example);
    }
  }
  return [...groups.values()].sort((a, b) => a.end - b.end);
}

/** The last moments of the training and of the validation part. */
function boundaries(groups: readonly Group[]): [number, number] {
  const total = groups.reduce((sum, { examples }) => sum + examples.length, 0);
  const at = (share: number): number => {
    let seen = 0;
    const group = groups.find(({ examples }) => {
      seen += examples.length;
      return seen >= share * total;
    });
    return group?.end ?? -Infinity;
  };
  return [at(shares.train), at(shares.train + shares.validation)];
}
