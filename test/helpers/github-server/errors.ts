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

/** 403 of a token that lacks a permission; the header names what would do. */
export function notAccessible(permissions: string[]): HttpError {
  const accepted = permissions.map((permission) => permission.replace(":", "=")).join("; ");
  return new HttpError(403, "Resource not accessible by integration", undefined, {
    "x-accepted-github-permissions": accepted,
  });
}
