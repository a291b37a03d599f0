import { isFailedRequest, publishError } from "./github-errors.ts";

/** GraphQL refuses with status 200 and a list of errors. */
interface GraphqlRefusal extends Error {
  errors: { type?: string }[];
}

/**
 * What a GraphQL request answers. Null where GitHub refuses for good: no permission, no such thread, no GraphQL.
 * Errors: as publishError.
 */
export async function answered<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isRefusal(error)) {
      if (error.errors.every(({ type }) => type === "FORBIDDEN" || type === "NOT_FOUND")) return null;
      if (error.errors.some(({ type }) => type === "RATE_LIMITED")) throw limited(error);
      throw error;
    }
    const known = publishError(error, "contents: write");
    if (isFailedRequest(error) && [403, 404].includes(error.status) && !isTransient(known)) return null;
    throw known;
  }
}

function isRefusal(error: unknown): error is GraphqlRefusal {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** The same as REST's answer once the hour's points are used up; its headers say until when. */
function limited(refusal: GraphqlRefusal): unknown {
  const headers = { "x-ratelimit-remaining": "0", ...("headers" in refusal ? (refusal.headers as object) : {}) };
  return publishError(Object.assign(new Error(refusal.message), { status: 429, response: { headers } }), "");
}

function isTransient(error: unknown): boolean {
  return error instanceof Error && "transient" in error && error.transient === true;
}
