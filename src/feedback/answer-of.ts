import type { Answer, SeenFinding } from "./feedback.ts";

/**
 * What people made of a finding. What they said counts before what they did: thumbs and `ignore`, one vote a person; where
 * nobody voted, or as many this way as that, whether the code was changed, and then whether it was put away.
 * @param ignoredBy logins
 */
export function answerOf(
  { votes, addressed, setAside }: Pick<SeenFinding, "votes" | "addressed" | "setAside">,
  ignoredBy: readonly string[],
): Answer | null {
  const byPerson = new Map(votes.map(({ login, vote }) => [login.toLowerCase(), vote]));
  for (const login of ignoredBy) byPerson.set(login.toLowerCase(), -1);
  const sum = Array.from(byPerson.values()).reduce((total: number, vote) => total + vote, 0);
  if (sum !== 0) return sum > 0 ? "accepted" : "dismissed";
  if (addressed) return "accepted";
  return setAside ? "dismissed" : null;
}
