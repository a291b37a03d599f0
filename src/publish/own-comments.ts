import { parseMarker, type Marker } from "./marker.ts";
import type { StoredComment } from "./comment-api.ts";

/** Whom the assistant writes as. */
export interface AppIdentity {
  /** `SLUG[bot]` for an app; no person can have such a name. */
  login: string;
}

function isOwn(comment: StoredComment, identity: AppIdentity): boolean {
  return comment.author.toLowerCase() === identity.login.toLowerCase();
}

export interface OwnComment<C extends StoredComment, M extends Marker> {
  comment: C;
  marker: M;
}

/** Our comments with a marker of this kind, oldest first. Those of anybody else do not count, whatever they contain. */
export function ownComments<C extends StoredComment, K extends Marker["kind"]>(
  comments: readonly C[],
  identity: AppIdentity,
  kind: K,
): OwnComment<C, Extract<Marker, { kind: K }>>[] {
  const own: OwnComment<C, Extract<Marker, { kind: K }>>[] = [];
  for (const comment of comments) {
    const marker = isOwn(comment, identity) ? parseMarker(comment.body) : null;
    if (marker?.kind === kind) own.push({ comment, marker: marker as Extract<Marker, { kind: K }> });
  }
  return own.sort((a, b) => a.comment.id - b.comment.id);
}
