import type { LanguageFamily } from "../language-family.ts";
import type { Signature } from "./signature.ts";

/** What a change of signature does to a call. */
export type Misfit = "arguments" | "order" | "name";

const named: Partial<Record<LanguageFamily, RegExp>> = {
  python: /^(\w+)\s*=(?!=)/,
  ruby: /^(\w+):(?!:)/,
  php: /^(\w+):(?!:)/,
  csharp: /^(\w+):(?!:)/,
  dart: /^(\w+):/,
};

/**
 * Whether a call that was right before the change no longer is: too few or too many arguments, one that has another place, or
 * one by a name that is gone. Null where it still fits, never fitted, or cannot be known (`f(...all)`).
 */
export function misfit(
  family: LanguageFamily,
  args: readonly string[],
  before: Signature,
  after: Signature,
): Misfit | null {
  if (args.some((argument) => isSpread(family, argument))) return null;
  const keywords = args.flatMap((argument) => named[family]?.exec(argument)?.[1] ?? []);
  const count = args.length - keywords.length;
  if (problem(family, count, keywords, before) !== null) return null;
  return problem(family, count, keywords, after) ?? (isShifted(count, before, after) ? "order" : null);
}

function isSpread(family: LanguageFamily, argument: string): boolean {
  if (argument.includes("...") && !/["'`]/.test(argument)) return true;
  return (family === "python" || family === "ruby") && /^(?:\*|&)/.test(argument);
}

function problem(
  family: LanguageFamily,
  count: number,
  keywords: readonly string[],
  { parameters }: Signature,
): Misfit | null {
  const hasRest = parameters.some(({ rest }) => rest);
  if (!hasRest && keywords.some((keyword) => !parameters.some(({ name }) => name === keyword))) return "name";
  const positional = parameters.filter(({ keyword, rest }) => !keyword && !rest);
  // A last block or hash may be written outside of the brackets.
  const spare = family === "ruby" || family === "swift" ? 1 : 0;
  if (!hasRest && count > positional.length + spare) return "arguments";
  const missing = parameters.filter((parameter) => {
    const { name, optional, rest, keyword } = parameter;
    const given = keywords.includes(name) || (!keyword && positional.indexOf(parameter) < count);
    return !optional && !rest && !given;
  });
  return missing.length > spare ? "arguments" : null;
}

/** Whether one of the first arguments now means what another one meant. A renamed parameter keeps its place. */
function isShifted(count: number, before: Signature, after: Signature): boolean {
  const old = before.parameters.map(({ name }) => name);
  const now = after.parameters.map(({ name }) => name);
  for (let i = 0; i < count && i < old.length && i < now.length; i++) {
    const [was, is] = [old[i] as string, now[i] as string];
    if (was !== is && (old.includes(is) || now.includes(was))) return true;
  }
  return false;
}
