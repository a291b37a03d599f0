import { randomBytes, verify } from "node:crypto";
import { HttpError, notAccessible } from "./errors.ts";
import { primaryRateLimit, secondaryRateLimit } from "./faults.ts";
import { githubLimits } from "./github-limits.ts";
import type { AccessLevel, AccessToken, GitHubState, Installation, Permissions, Throttle } from "./state.ts";

const rank: Record<AccessLevel, number> = { read: 1, write: 2, admin: 3 };

/**
 * Checks an App's JSON web token: RS256 signature, issuer, times.
 * Errors: HttpError 401 with GitHub's words.
 */
export function checkAppToken(state: GitHubState, authorization: string | undefined): void {
  const parts = bearer(authorization)?.split(".") ?? [];
  const [head = "", payload = "", signature = ""] = parts;
  const header = decodeJson(head);
  const claims = decodeJson(payload);
  const signed =
    parts.length === 3 &&
    header?.["alg"] === "RS256" &&
    verify("RSA-SHA256", Buffer.from(`${head}.${payload}`), state.publicKey, Buffer.from(signature, "base64url"));
  if (!signed || !claims) throw new HttpError(401, "A JSON web token could not be decoded");
  if (String(claims["iss"]) !== String(state.app.id)) throw new HttpError(401, "Integration not found");

  const now = state.now() / 1000;
  const { iat, exp } = claims;
  if (typeof iat !== "number" || iat > now + 1) {
    throw new HttpError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== "number" || exp <= now) {
    throw new HttpError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + githubLimits.jwtSeconds + 1) {
    throw new HttpError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
}

/**
 * Makes an installation token, optionally narrowed to fewer repositories (names without owner) and permissions.
 * Errors: HttpError 422 for what the installation itself does not have.
 */
export function createToken(
  state: GitHubState,
  installation: Installation,
  narrowed: { repositories?: string[]; permissions?: Permissions } = {},
): AccessToken {
  const repositories = new Set(
    narrowed.repositories?.map((name) => `${installation.account.login}/${name}`.toLowerCase()) ??
      installation.repositories,
  );
  const permissions = narrowed.permissions ?? installation.permissions;
  if ([...repositories].some((key) => !installation.repositories.has(key))) {
    throw new HttpError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  if (Object.entries(permissions).some(([name, level]) => !allows(installation.permissions, name, level))) {
    throw new HttpError(422, "The permissions requested are not granted to this installation.");
  }
  const token: AccessToken = {
    // The stateless format of 2026: the App's id, then a signed part; far longer than the 40 characters of before.
    value: `ghs_${state.app.id}_${[120, 90, 64].map((bytes) => randomBytes(bytes).toString("base64url")).join(".")}`,
    installation,
    permissions,
    repositories,
    narrowed: narrowed.repositories !== undefined,
    expiresAt: state.now() + githubLimits.tokenMs,
  };
  state.tokens.set(token.value, token);
  return token;
}

/**
 * The token of an API request.
 * Errors: HttpError 401 when there is none, or it is unknown or expired; 403 while its installation is throttled.
 */
export function tokenOf(state: GitHubState, authorization: string | undefined): AccessToken {
  const value = bearer(authorization);
  if (!value) throw new HttpError(401, "Requires authentication");
  const token = liveToken(state, value);
  if (!token) throw new HttpError(401, "Bad credentials");
  if (token.installation.throttled) throw throttleError(state, token.installation.throttled, token.installation.id);
  return token;
}

/** In GitHub's words. The app's own requests, for new tokens above all, and git have limits of their own. */
function throttleError(state: GitHubState, { kind, seconds }: Throttle, installation: number): HttpError {
  const fault =
    kind === "secondary"
      ? secondaryRateLimit({ retryAfterSeconds: seconds })
      : primaryRateLimit({ resetAt: new Date(state.now() + seconds * 1_000), installation });
  return new HttpError(fault.status ?? 403, fault.message ?? "", undefined, fault.headers);
}

/** The token of a git request: HTTP Basic, any user name, the token as password. Undefined where it does not hold. */
export function gitTokenOf(state: GitHubState, authorization: string | undefined): AccessToken | undefined {
  const encoded = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  const password = Buffer.from(encoded ?? "", "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
  return liveToken(state, password);
}

/** Errors: HttpError 403 unless the token has at least one of the permissions, each written `name:level`. */
export function requirePermission(token: AccessToken, anyOf: string[]): void {
  const granted = anyOf.some((permission) => {
    const [name = "", level = "read"] = permission.split(":");
    return allows(token.permissions, name, level as AccessLevel);
  });
  if (!granted) throw notAccessible(anyOf);
}

export function allows(permissions: Permissions, name: string, level: AccessLevel): boolean {
  const granted = name === "metadata" ? "read" : permissions[name];
  return granted !== undefined && rank[granted] >= rank[level];
}

function liveToken(state: GitHubState, value: string): AccessToken | undefined {
  const token = state.tokens.get(value);
  return token && token.expiresAt > state.now() ? token : undefined;
}

function bearer(authorization: string | undefined): string | undefined {
  return /^(?:bearer|token) (.+)$/i.exec(authorization ?? "")?.[1];
}

function decodeJson(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return null;
  }
}
