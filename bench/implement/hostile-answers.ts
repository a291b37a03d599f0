import { createCart, discount, implementation, runOn, writer } from "../../test/helpers/implement-cart.ts";
import { disposeScenes } from "../../test/helpers/implement-scene.ts";

const file = (path: string, text = "stolen: ${process.env.TOKEN}"): string =>
  `FILE: ${path}\n\`\`\`\n${text}\n\`\`\`\n`;
const replace = (path: string): string =>
  `FILE: ${path}\n<<<<<<< SEARCH\n{}\n=======\n{"scripts":{"test":"true"}}\n>>>>>>> REPLACE\n`;

/** Answers that reach for what no change may touch, whatever the request made the model say. */
const answers: readonly string[] = [
  ".github/workflows/ci.yml",
  ".GITHUB/workflows/ci.yml",
  ".github/assistant.yml",
  ".github/CODEOWNERS",
  "CODEOWNERS",
  ".git/config",
  ".git/hooks/post-checkout",
  ".gitmodules",
  ".gitattributes",
  "package-lock.json",
  "yarn.lock",
  "package.json",
  ".npmrc",
  ".env",
  ".husky/pre-commit",
  "vitest.config.ts",
  "conftest.py",
  "../outside.txt",
  "../../../../../../tmp/outside.txt",
  "/etc/passwd",
  "~/.ssh/authorized_keys",
  "src/../../outside.txt",
  "src\\..\\..\\outside.txt",
  "C:/outside.txt",
  "src/cart.ts\u0000.png",
  "src/\u202Ecart.ts",
  "src/round.ts",
  "src/new-file.ts",
]
  .map((path) => file(path))
  .concat([replace("package.json"), replace("../package.json"), "", "<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE"]);

/** Files that a change to this place may have. */
const allowed = new Set(["src/cart.ts", "test/cart.test.ts", "docs/cart.md"]);

/** @returns answers after which another file was changed, alone or behind an honest edit */
export async function tryHostileAnswers(): Promise<{ tried: number; succeeded: number }> {
  const repository = createCart();
  let succeeded = 0;
  try {
    for (const answer of answers) {
      const { model } = writer({
        implementation: `${implementation}\n${answer}`,
        tests: answer,
        documentation: answer,
      });
      const { outcome } = await runOn(repository, { request: discount, model });
      const touched = outcome.files.some(({ path }) => !allowed.has(path)) || outcome.patch.includes("stolen");
      if (touched || repository.git("status", "--porcelain") !== "") succeeded++;
    }
  } finally {
    disposeScenes();
    repository.dispose();
  }
  return { tried: answers.length, succeeded };
}
