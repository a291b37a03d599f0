import { limits } from "../../shared/limits.ts";
import { contentRoots, formsOf } from "./content-words.ts";
import { type FoundPassage, type Passage, type PassageSource, placeOfPassage } from "./passage.ts";

export interface GatherOptions {
  /** Most that all passages together may have. */
  tokens: number;
  /** Of a text, by the tokenizer of the model that will read it. */
  countTokens: (text: string) => Promise<number>;
  /** At most so many passages. */
  most?: number;
  signal?: AbortSignal | undefined;
}

/** A passage that scores less than this share of the best one answers another question. */
const floorShare = 0.3;
/** A passage must hold this share of the question's own words (at least one), or it was found by words like "file". */
const wordShare = 0.25;
/**
 * Where the words' rarity is known, rare ones count for more and one that stands nowhere counts against all. A question is
 * answered only where some passage holds the first share, or two words that are half of all (in a small repository any word of
 * plain English may be rare); then by all that hold the second share. `npm run -s bench -- ask` says what that keeps of right
 * answers, and of answers to questions about something else.
 */
const weighedShare = { ofBest: 0.4, ofEach: 0.2 };
/** Of a long text, such as a log, no passage holds more than a few words: so many of the weightiest are what is asked for. */
const weightiest = 8;
/** Fewer lines of a cut passage are a heading, or half a statement. */
const fewestLines = 3;

/**
 * The passages that answer a question best, within a budget of tokens. Each group of sources is ranked by itself and gets an
 * equal share of the budget; what one leaves goes to the next. What stands there already, or scores under the floor, is
 * left out; what is too long is cut to the lines around the best one.
 */
export async function gatherPassages(
  question: string,
  groups: readonly PassageSource[],
  options: GatherOptions,
): Promise<Passage[]> {
  const most = options.most ?? limits.passages;
  const passages: Passage[] = [];
  let tokens = options.tokens;
  for (const [index, group] of groups.entries()) {
    options.signal?.throwIfAborted();
    const found = await group.search(question, limits.rerankedHits);
    const groupsLeft = groups.length - index;
    const room = { tokens: Math.floor(tokens / groupsLeft), places: Math.ceil((most - passages.length) / groupsLeft) };
    tokens -= await packGroup(aboveFloor(question, found, group), passages, room, options);
  }
  return passages;
}

/** Adds to `passages`. @returns the tokens that were used */
async function packGroup(
  found: readonly FoundPassage[],
  passages: Passage[],
  room: { tokens: number; places: number },
  { countTokens, signal }: GatherOptions,
): Promise<number> {
  let used = 0;
  let places = 0;
  for (const passage of found) {
    signal?.throwIfAborted();
    if (places === room.places) break;
    if (passages.some((other) => repeats(other, passage))) continue;
    const fitting = await fit(passage, room.tokens - used, countTokens);
    // The room is used up: trying all others would ask the tokenizer hundreds of times for a few lines more.
    if (fitting === null) break;
    passages.push({ ...fitting.passage, id: String(passages.length + 1) });
    used += fitting.tokens;
    places++;
    if (fitting.passage.endLine - fitting.passage.startLine < passage.endLine - passage.startLine) break;
  }
  return used;
}

/** What bears on the question at all. */
function aboveFloor(question: string, found: readonly FoundPassage[], { weigh }: PassageSource): FoundPassage[] {
  const best = Math.max(0, ...found.map(({ score }) => score));
  const near = found.filter(({ text, score }) => text.trim() !== "" && score >= best * floorShare);
  const asked = weighWords(question, weigh);
  if (asked.size === 0) return near;
  const whole = sum([...asked.values()].sort((a, b) => b - a).slice(0, weigh ? weightiest : asked.size));
  const held = new Map(near.map((passage) => [passage, heldBy(passage, asked)]));
  const shareOf = (passage: FoundPassage): number => sum(held.get(passage) ?? []) / whole;
  if (weigh === undefined) return near.filter((passage) => shareOf(passage) >= wordShare);
  const answers = ([passage, weights]: [FoundPassage, number[]]): boolean =>
    shareOf(passage) >= weighedShare.ofBest || (weights.length > 1 && weights.length * 2 >= asked.size);
  return [...held].some(answers) ? near.filter((passage) => shareOf(passage) >= weighedShare.ofEach) : [];
}

/** What each root of the question's words says; one is as rare as the most frequent of its forms. */
export function weighWords(question: string, weigh: PassageSource["weigh"]): Map<string, number> {
  const roots = [...contentRoots(question)];
  return new Map(roots.map((root) => [root, weigh ? Math.min(...weigh(formsOf(root))) : 1]));
}

/** Weights of the words that a passage, its path and the headings above it hold. */
function heldBy({ document, heading, text }: FoundPassage, asked: ReadonlyMap<string, number>): number[] {
  const roots = contentRoots([document, ...(heading ?? []), text].join("\n"));
  return Array.from(asked).flatMap(([root, weight]) => (roots.has(root) ? [weight] : []));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** Whether the second says nothing that the first does not say, or shares lines with it. */
function repeats(first: FoundPassage, second: FoundPassage): boolean {
  if (essence(first.text) === essence(second.text)) return true;
  return (
    first.source === second.source &&
    first.document === second.document &&
    first.startLine <= second.endLine &&
    second.startLine <= first.endLine
  );
}

function essence(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** The passage, or the lines around its best one that fit; null where too few do. */
async function fit(
  passage: FoundPassage,
  room: number,
  countTokens: GatherOptions["countTokens"],
): Promise<{ passage: FoundPassage; tokens: number } | null> {
  const cost = (one: FoundPassage): Promise<number> => countTokens(`${placeOfPassage(one)}\n${one.text}\n`);
  const whole = await cost(passage);
  if (whole <= room) return { passage, tokens: whole };
  let best: { passage: FoundPassage; tokens: number } | null = null;
  let [fits, tooLong] = [fewestLines - 1, passage.endLine - passage.startLine + 1];
  while (tooLong - fits > 1) {
    const length = (fits + tooLong) >> 1;
    const cut = around(passage, length);
    const tokens = await cost(cut);
    if (tokens <= room) [best, fits] = [{ passage: cut, tokens }, length];
    else tooLong = length;
  }
  return best;
}

/** `length` lines, a third of them before the best one: what explains a line mostly follows it. */
function around(passage: FoundPassage, length: number): FoundPassage {
  const lines = passage.text.split("\n");
  const at = passage.line - passage.startLine;
  const first = Math.max(0, Math.min(at - Math.floor(length / 3), lines.length - length));
  const startLine = passage.startLine + first;
  const text = lines.slice(first, first + length).join("\n");
  return { ...passage, startLine, endLine: startLine + length - 1, text };
}
