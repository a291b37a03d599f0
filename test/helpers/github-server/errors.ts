/** An answer GitHub gives instead of the one asked for. */
export class HttpError extends Error {
  readonly status: number;
  readonly errors: unknown[] | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, errors?: unknown[], headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export function notFound(): HttpError {
  return new HttpError(404, "Not Found");
}

/** 422 of a resource with fields: issue comments, labels, check runs, statuses. */
export function validationFailed(resource: string, field: string, message: string, code = "custom"): HttpError {
  return new HttpError(422, "Validation Failed", [{ resource, code, field, message }]);
}

/** 422 of the review endpoints, which carry plain sentences. */
export function unprocessable(...errors: string[]): HttpError {
  return new HttpError(422, "Unprocessable Entity", errors);
}

export interface FieldProblem {
  /** As GitHub's database calls it, for example `pull_request_review_thread.line`. */
  field: string;
  message: string;
  code?: "custom" | "invalid" | "missing_field";
  resource?: string;
}

/**
 * 422 for a review or a comment on the diff. GitHub words it by endpoint: the review endpoints answer with one sentence
 * for people, those of single comments (`asFields`) with an object for each field.
 */
export class ReviewRefused extends HttpError {
  readonly #problems: FieldProblem[];

  constructor(...problems: FieldProblem[]) {
    super(422, "Unprocessable Entity", [
      enumerated(problems.map(({ field, message }) => `${humanized(field)} ${message}`)),
    ]);
    this.#problems = problems;
  }

  asFields(): HttpError {
    const errors = this.#problems.map(({ field, message, code = "custom", resource = "PullRequestReviewComment" }) => ({
      resource,
      code,
      field,
      ...(code === "custom" && { message: `${field} ${message}` }),
    }));
    return new HttpError(422, "Validation Failed", errors);
  }
}

/** `user_id` to "User", `pull_request_review_thread.line` to "Pull request review thread line". */
function humanized(field: string): string {
  const words = field.replace(/_id$/, "").replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "a", "a and b", "a, b, and c". */
function enumerated(parts: string[]): string {
  if (parts.length <= 2) return parts.join(" and ");
  return `${parts.slice(0, -1).join(", ")}, and ${parts.at(-1)}`;
}

/** 403 of a token that lacks a permission; the header names what would do. */
export function notAccessible(permissions: string[]): HttpError {
  const accepted = permissions.map((permission) => permission.replace(":", "=")).join("; ");
  return new HttpError(403, "Resource not accessible by integration", undefined, {
    "x-accepted-github-permissions": accepted,
  });
}
