import { minimatch } from "minimatch";
import type { RepositoryConfig } from "../config/repository-config.ts";

/** What the filters of `.github/assistant.yml` look at; as it is now, not as it was when an event was sent. */
export interface FilteredPull {
  draft: boolean;
  title: string;
  labels: readonly string[];
  author: { login: string; isBot: boolean };
  targetBranch: string;
}

/** Why a pull request is not reviewed unasked, for the log; null where it is. Whoever asks gets a review all the same. */
export function whyNotUnasked(pull: FilteredPull, { review }: Pick<RepositoryConfig, "review">): string | null {
  if (pull.draft && !review.drafts) return "a draft";
  if (!review.bots && isBot(pull.author)) return `opened by the bot ${pull.author.login}`;
  const word = review.title_ignore.find((entry) => standsIn(pull.title, entry));
  if (word !== undefined) return `${word} in its title`;
  const never = review.labels.never.find((label) => has(pull, label));
  if (never !== undefined) return `the label ${never}`;
  const { only } = review.labels;
  if (only.length > 0 && !only.some((label) => has(pull, label))) return `none of the labels ${only.join(", ")}`;
  return isAmong(pull.targetBranch, review.branches) ? null : `it goes into ${pull.targetBranch}`;
}

/** As whyNotUnasked, for a push to a branch without a pull request. */
export function whyPushNotUnasked(
  { branch, pusher }: { branch: string; pusher: FilteredPull["author"] },
  { review }: Pick<RepositoryConfig, "review">,
): string | null {
  if (!review.bots && isBot(pusher)) return `pushed by the bot ${pusher.login}`;
  return isAmong(branch, review.branches) ? null : `it goes to ${branch}`;
}

/** Without globs every branch is meant. */
function isAmong(branch: string, globs: readonly string[]): boolean {
  return globs.length === 0 || globs.some((glob) => minimatch(branch, glob, { dot: true }));
}

/** Bots that work with a person's kind of account and token; GitHub tells the others by their type. */
const botNames = new Set(["renovate-bot", "snyk-bot", "pyup-bot", "scala-steward", "dependabot-bot", "k8s-ci-robot"]);

function isBot({ login, isBot: marked }: FilteredPull["author"]): boolean {
  return marked || login.endsWith("[bot]") || botNames.has(login.toLowerCase());
}

/** GitHub holds two labels that differ in case for the same one. */
function has({ labels }: FilteredPull, name: string): boolean {
  return labels.some((label) => label.toLowerCase() === name.toLowerCase());
}

/** Whether an entry stands in a title as a whole word: `WIP` is in "[wip] Rates" and "WIP: rates", not in "Wipe rates". */
function standsIn(title: string, entry: string): boolean {
  const text = title.toLowerCase();
  const word = entry.toLowerCase();
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = goesOn(text.slice(0, at).at(-1), word.at(0));
    if (!before && !goesOn(word.at(-1), text[at + word.length])) return true;
  }
  return false;
}

/** Whether a word goes on from one character to the next. */
function goesOn(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && wordCharacter.test(left) && wordCharacter.test(right);
}

const wordCharacter = /[\p{L}\p{N}_]/u;
