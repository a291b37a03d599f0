import type { CommitAuthor, History, PastCommit } from "../history/history.ts";
import { isSweep, recency } from "./co-change.ts";
import type { Evidence } from "./evidence.ts";

/**
 * Who knows these files: authors of the commits that changed them, best first, recent commits weighing more. Sweeps and
 * programs do not count. Each is cited by the newest commit there. A person is named and never addressed: e-mail addresses
 * only tell who is the same.
 */
export function findOwners(history: History, paths: Iterable<string>, k: number): Evidence[] {
  const commits = commitsOfPeople(history, paths);
  const whole = commits.reduce((sum, { position }) => sum + recency(position), 0);
  return groupByPerson(commits)
    .map((own) => ({ own, weight: own.reduce((sum, { position }) => sum + recency(position), 0) }))
    .sort((a, b) => b.weight - a.weight || firstPosition(a.own) - firstPosition(b.own))
    .slice(0, k)
    .flatMap(({ own, weight }): Evidence[] => {
      const newest = own[0]?.commit;
      if (newest === undefined) return [];
      const { commit, subject, time } = newest;
      const name = nameOf(newest.author);
      const day = new Date(time * 1_000).toISOString().slice(0, 10);
      const total = `${commits.length} ${commits.length === 1 ? "commit" : "commits"}`;
      const why = `${name} wrote ${own.length} of the ${total} here, the last on ${day}`;
      return [
        { kind: "owner", citation: { kind: "commit", commit, subject }, score: weight / whole, why, text: subject },
      ];
    });
}

interface Placed {
  position: number;
  commit: PastCommit;
}

function commitsOfPeople(history: History, paths: Iterable<string>): Placed[] {
  const positions = new Set([...paths].flatMap((path) => [...history.commitsOf(path)]));
  return [...positions]
    .sort((a, b) => a - b)
    .flatMap((position) => {
      const commit = history.commits[position];
      return commit === undefined || isSweep(commit) || isProgram(commit.author) ? [] : [{ position, commit }];
    });
}

/** GitHub marks its apps; the others call themselves bots, or are services that everybody knows. */
function isProgram({ name, email }: CommitAuthor): boolean {
  return (
    /\[bot\]|(^|[\s_-])(bot|robot|ci)$|^bot[\s_-]/i.test(name) ||
    /[a-z]Bot$/.test(name) ||
    /\[bot\]@|^(bot|noreply|no-reply|ci|jenkins|travis|action)@/i.test(email) ||
    /^(dependabot|renovate|greenkeeper|snyk|github[ -]?actions?|web-flow|semantic-release|travis ?ci|circleci|jenkins)\b/i.test(
      name,
    )
  );
}

interface Person {
  keys: Set<string>;
  own: Placed[];
}

/**
 * One person has one address or one full name: many write from several machines. A single word is no full name, because
 * `root` and `Alex` are many. Keeps the order.
 */
function groupByPerson(commits: readonly Placed[]): Placed[][] {
  const people = new Map<string, Person>();
  for (const placed of commits) {
    const keys = keysOf(placed.commit.author);
    const known = [...new Set(keys.flatMap((key) => people.get(key) ?? []))];
    const [person = { keys: new Set(), own: [] }, ...same] = known;
    for (const other of same) join(person, other, people);
    person.own.push(placed);
    for (const key of keys) {
      person.keys.add(key);
      people.set(key, person);
    }
  }
  return [...new Set(people.values())].map(({ own }) => own);
}

function join(person: Person, other: Person, people: Map<string, Person>): void {
  person.own.push(...other.own);
  person.own.sort((a, b) => a.position - b.position);
  for (const key of other.keys) {
    person.keys.add(key);
    people.set(key, person);
  }
}

function keysOf({ name, email }: CommitAuthor): string[] {
  const address = email.trim().toLowerCase();
  const fullName = name.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const keys = /.@./.test(address) ? [`address ${address}`] : [];
  return keys.length === 0 || /\S \S/.test(fullName) ? [...keys, `name ${fullName}`] : keys;
}

function firstPosition(own: readonly Placed[]): number {
  return own[0]?.position ?? 0;
}

/** Some write their address as their name. */
function nameOf({ name }: CommitAuthor): string {
  return name.replaceAll(/@\S*/g, "").trim() || "somebody without a name";
}
