import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { AssistantError, messageOf } from "../shared/errors.ts";

/**
 * Lets git trust whom Node trusts: NODE_EXTRA_CA_CERTS names a file of private authorities, which git knows nothing of. Where
 * git was told its own (GIT_SSL_CAINFO) that counts. Errors: AssistantError `bad-ca-file`.
 * @param folder where a file may be kept that holds both Node's authorities and the private ones
 */
export function trustAsNodeDoes(folder: string, env: NodeJS.ProcessEnv = process.env): void {
  const extra = env["NODE_EXTRA_CA_CERTS"];
  if (!extra || env["GIT_SSL_CAINFO"]) return;
  const all = [...rootCertificates, readCertificates(extra)].join("\n");
  const file = join(folder, "authorities.pem");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${all}\n`);
  env["GIT_SSL_CAINFO"] = file;
}

function readCertificates(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text.trim();
    throw new Error("it holds no certificate in PEM");
  } catch (error) {
    throw new AssistantError(`NODE_EXTRA_CA_CERTS (${path}) cannot be used: ${messageOf(error)}`, {
      code: "bad-ca-file",
      remedy: "Set it to a PEM file with the certificates of your own authorities, or unset it.",
      cause: error,
    });
  }
}
