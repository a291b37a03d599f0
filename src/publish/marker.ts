/**
 * Hidden markers: how the assistant finds its own comments again without a database. A marker is the LAST line of a
 * body, so nothing quoted inside a comment can be one; and only our own comments are looked at, so a copied one is inert.
 */
export type Marker =
  | {
      kind: "finding";
      /** Finding.id, 16 hex digits. */
      id: string;
      /** The head that the comment was written for, full object id. */
      head: string;
      addressed: boolean;
      /** Whether we resolved its thread when it was addressed; then we may open it again. */
      resolved: boolean;
      /** A model found it: what another reading does not find again need not be mended. */
      byModel?: true;
    }
  | { kind: "summary" }
  | { kind: "triage" }
  /** On a commit: what a push brought. */
  | { kind: "push" }
  | {
      kind: "answer";
      /** Id of the comment that asked. */
      comment: number;
    };

const finding =
  "finding=(?<id>[0-9a-f]{16}) head=(?<head>[0-9a-f]{40}|[0-9a-f]{64})(?<byModel> by=model)?(?: state=(?<state>addressed|resolved))?";
const markerLine = new RegExp(
  `^<!-- engram-assistant:v1 (?:${finding}|(?<plain>summary|triage|push)|answer comment=(?<comment>\\d{1,15})) -->$`,
);

export function formatMarker(marker: Marker): string {
  return `<!-- engram-assistant:v1 ${markerFields(marker)} -->`;
}

function markerFields(marker: Marker): string {
  switch (marker.kind) {
    case "finding":
      return `finding=${marker.id} head=${marker.head}${marker.byModel ? " by=model" : ""}${stateField(marker)}`;
    case "answer":
      return `answer comment=${marker.comment}`;
    default:
      return marker.kind;
  }
}

function stateField({ addressed, resolved }: { addressed: boolean; resolved: boolean }): string {
  if (!addressed) return "";
  return resolved ? " state=resolved" : " state=addressed";
}

/** The marker that a body ends with; null where there is none or it is not exactly as formatMarker writes it. */
export function parseMarker(body: string): Marker | null {
  const groups = markerLine.exec(lastLine(body))?.groups;
  if (!groups) return null;
  const { id, head, byModel, state, plain, comment } = groups;
  if (id && head) {
    const marks = { addressed: state !== undefined, resolved: state === "resolved" };
    return { kind: "finding", id, head, ...marks, ...(byModel !== undefined && { byModel: true as const }) };
  }
  if (comment) return { kind: "answer", comment: Number(comment) };
  return { kind: plain as "summary" | "triage" | "push" };
}

/** The body without the marker that it ends with. */
export function withoutMarker(body: string): string {
  const trimmed = body.trimEnd();
  return parseMarker(trimmed) ? trimmed.slice(0, -lastLine(trimmed).length).trimEnd() : trimmed;
}

function lastLine(body: string): string {
  const trimmed = body.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\n") + 1);
}
