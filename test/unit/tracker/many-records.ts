import { at, commentAt, type FakeGitHub, issueAt, reviewCommentAt } from "../../helpers/tracked-records.ts";

export const killedKey = "github.com/acme/shop";

/** Some hundred pages of everything; several entries share a second. */
export function manyRecords(): Partial<FakeGitHub> {
  const body = "text ".repeat(200);
  return {
    size: 5,
    issues: Array.from({ length: 400 }, (_, i) =>
      issueAt(i + 1, Math.floor(i / 3) * 60, { body, state: i % 4 === 0 ? "closed" : "open", closedAt: at(1) }),
    ),
    comments: Array.from({ length: 600 }, (_, i) => commentAt(i + 1, Math.floor(i / 7) * 60, { issue: (i % 400) + 1 })),
    reviewComments: Array.from({ length: 200 }, (_, i) => reviewCommentAt(i + 1, i * 60, { body })),
    links: new Map(
      Array.from({ length: 400 }, (_, i) => [i + 1, [{ issue: i + 1, kind: "closed", pull: i + 2, commit: null }]]),
    ),
  };
}
