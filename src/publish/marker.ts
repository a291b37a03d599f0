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
    }
  | {
      kind: "implement";
      /** Id of the comment that asked. */
      comment: number;
      /** The plan stands there and nothing was written yet: digests of what was asked for, and of the plan. 16 hex digits each. */
      plan?: { request: string; documents: string };
    }
  /** In the description of a pull request that we opened. */
  | { kind: "change"; comment: number };

const finding =
  "finding=(?<id>[0-9a-f]{16}) head=(?<head>[0-9a-f]{40}|[0-9a-f]{64})(?<byModel> by=model)?(?: state=(?<state>addressed|resolved))?";
const plan = "(?: request=(?<request>[0-9a-f]{16}) plan=(?<documents>[0-9a-f]{16}))?";
const markerLine = new RegExp(
  `^<!-- engram-assistant:v1 (?:${finding}|(?<plain>summary|triage|push)|(?<asked>answer|implement|change) comment=(?<comment>\\d{1,15})${plan}) -->$`,
);

export function formatMarker(marker: Marker): string {
  return `<!-- engram-assistant:v1 ${markerFields(marker)} -->`;
}

function markerFields(marker: Marker): string {
  switch (marker.kind) {
    case "finding":
      return `finding=${marker.id} head=${marker.head}${marker.byModel ? " by=model" : ""}${stateField(marker)}`;
    case "answer":
    case "change":
      return `${marker.kind} comment=${marker.comment}`;
    case "implement": {
      const waits = marker.plan ? ` request=${marker.plan.request} plan=${marker.plan.documents}` : "";
      return `implement comment=${marker.comment}${waits}`;
    }
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
  const { id, head, byModel, state, plain, asked, comment, request, documents } = groups;
  if (id && head) {
    const marks = { addressed: state !== undefined, resolved: state === "resolved" };
    return { kind: "finding", id, head, ...marks, ...(byModel !== undefined && { byModel: true as const }) };
  }
  if (comment && asked === "implement") {
    return {
      kind: "implement",
      comment: Number(comment),
      ...(request && documents && { plan: { request, documents } }),
    };
  }
  if (comment) return { kind: asked as "answer" | "change", comment: Number(comment) };
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
