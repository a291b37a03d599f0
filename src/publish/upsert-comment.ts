import type { CommentApi } from "./comment-api.ts";
import type { Marker } from "./marker.ts";
import { ownComments, type AppIdentity } from "./own-comments.ts";
import type { Receipt } from "./publisher.ts";

/**
 * Writes our one comment with this marker: creates it, or changes it where its text differs.
 * @param create false: only a comment that stands there already is changed
 */
export async function upsertComment(
  { api, identity }: { api: CommentApi; identity: AppIdentity },
  number: number,
  marker: Exclude<Marker, { kind: "finding" }>,
  body: string,
  create = true,
): Promise<Receipt["summary"]> {
  const own = ownComments(await api.issueComments(number), identity, marker.kind);
  const standing = own.find((one) => commentOf(one.marker) === commentOf(marker));
  if (!standing) {
    if (!create) return "none";
    await api.createIssueComment(number, body);
    return "created";
  }
  if (sameText(standing.comment.body, body)) return "unchanged";
  await api.updateIssueComment(standing.comment.id, body);
  return "updated";
}

/** The comment that asked for it, where each has an answer of its own. */
function commentOf(marker: Marker): number | null {
  return "comment" in marker ? marker.comment : null;
}

/** GitHub keeps line ends as they were sent, but an edit in the browser turns them into CRLF. */
export function sameText(a: string, b: string): boolean {
  return a.replace(/\r\n/g, "\n").trimEnd() === b.trimEnd();
}
