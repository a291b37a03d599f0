import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactPersonalData } from "../../../src/shared/personal-data.ts";
import { findSecretsIn, redacted, redactSecrets, redactTokens } from "../../../src/shared/secrets.ts";

/** Made here, so that no scanner takes this file for a leak. */
const letters = "aB3dE5gH7jK9mN1pQ4rS6tU8vWxYz02c";
const some = (length: number): string => letters.repeat(Math.ceil(length / letters.length)).slice(0, length);

const secrets: Record<string, string> = {
  "a personal token": `ghp_${some(36)}`,
  "an OAuth token": `gho_${some(36)}`,
  "a user's token for an app": `ghu_${some(36)}`,
  "an installation's token": `ghs_${some(36)}`,
  "a long token of an installation": `ghs_${some(40)}.${some(420)}.${some(90)}`,
  "a refresh token": `ghr_${some(76)}`,
  "a fine-grained token": `github_pat_${some(22)}_${some(59)}`,
  "a GitLab token": `glpat-${some(20)}`,
  "a key of a cloud": ["AKIA", "ABCDEFGH234567IJ"].join(""),
  "a private key": `-----BEGIN RSA PRIVATE KEY-----\n${some(64)}\n${some(64)}\n-----END RSA PRIVATE KEY-----`,
  "half a private key": `-----BEGIN OPENSSH PRIVATE KEY-----\n${some(64)}`,
  "a token of npm": `npm_${some(36)}`,
};

const claims: Record<string, string> = {
  "a signed claim": `eyJ${some(20)}.eyJ${some(40)}.${some(43)}`,
  "what stands behind Bearer": `Authorization: Bearer ${some(40)}`,
  "a password in an address": `https://ada:${some(12)}@host.example/x`,
};

describe("a text that holds", () => {
  it.each(Object.keys(secrets))("%s is told so, and does not repeat it", async (name) => {
    const secret = secrets[name] ?? "";
    const text = `before ${secret} after`;

    expect(await findSecretsIn(text)).toHaveLength(1);
    expect(await redactSecrets(text)).toBe(
      name === "half a private key" ? `before ${redacted}` : `before ${redacted} after`,
    );
  });

  it.each(Object.keys({ ...secrets, ...claims }).filter((name) => !name.includes("npm")))(
    "%s is cleaned of it without waiting",
    (name) => {
      const secret = secrets[name] ?? claims[name] ?? "";
      const clean = redactTokens(`before ${secret}`);
      expect(clean).toContain(redacted);
      expect(clean).not.toContain(some(12));
    },
  );
});

it("keeps nothing behind, and is not troubled by a path with a line end", async () => {
  const before = performance.getEntries().length;
  await findSecretsIn("x", "src/a\n@victim.ts");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(performance.getEntries()).toHaveLength(before);
});

it("leaves other texts as they are", async () => {
  const texts = [
    "fix: tokens of ghp_ form are refused (#12)",
    `commit ${"0123456789abcdef".repeat(2)}01234567`,
    "const token = process.env.GITHUB_TOKEN;",
    "basic authentication and bearer tokens, see https://docs.example/auth#bearer",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
  ];
  for (const text of texts) expect(await redactSecrets(text)).toBe(text);
});

it("finds no more in what it has cleaned", async () => {
  const piece = fc.constantFrom(
    "ghp_",
    some(36),
    "eyJ",
    ".",
    "-----BEGIN RSA PRIVATE KEY-----",
    "\n",
    " ",
    "AKIA",
    "https://a:",
    "@",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const clean = await redactSecrets(pieces.join(""));
      expect(await findSecretsIn(clean)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

describe("personal data", () => {
  it.each([
    ["email", "write to ada.lovelace+x@mail.example.org.", "write to [email]."],
    ["ip", "from 192.168.7.12 and 2001:db8:0:0:0:0:2:1, version 1.2.3", "from [ip] and [ip], version 1.2.3"],
    ["phone", "call +49 (30) 1234-5678 about 1234567890", "call [phone] about 1234567890"],
  ] as const)("of the kind %s is replaced", (kind, text, clean) => {
    expect(redactPersonalData(text, [kind])).toBe(clean);
    expect(redactPersonalData(text, [])).toBe(text);
  });
});
