/** TYPE FILE of the publish stage: what is said of each kind of finding, whatever the finding. */
import type { FindingKind } from "./outcome.ts";

export interface FindingKindInfo {
  /** For a list of rules. */
  name: string;
  /** What such a finding says, and what to do about it. Plain text. */
  help: string;
  /** How much it asks for: only what must not be merged is an error. */
  level: "error" | "warning" | "note";
}

/** What tools outside of the conversation (check runs, SARIF) are told of each kind. */
export const findingKinds: Record<FindingKind, FindingKindInfo> = {
  "near-copy": {
    name: "Changed here, not there",
    help: "Code that looked like the changed lines did before stands unchanged elsewhere. If the reason for the change holds there too, change it there as well.",
    level: "warning",
  },
  "dangling-reference": {
    name: "Still used",
    help: "The change removes a definition, or gives it another signature, and code that it leaves alone still uses it as it was. Adapt these uses, or keep the definition.",
    level: "warning",
  },
  companion: {
    name: "Usually changes along",
    help: "In the repository's history, a file that this change leaves alone usually changed together with one that it touches. Look whether it is needed this time.",
    level: "note",
  },
  "paired-test": {
    name: "Test left alone",
    help: "In the repository's history, a test that this change leaves alone usually changed together with a file that it touches. Look whether it still tests what the code does.",
    level: "note",
  },
  "past-review": {
    name: "Said before on similar code",
    help: "A reviewer commented on similar code, and the code was changed afterwards. See whether the comment holds here too.",
    level: "note",
  },
  rule: {
    name: "Against a rule of the repository",
    help: "The change does what a rule written in the repository asks not to do. Follow the rule, or change it.",
    level: "warning",
  },
  linter: {
    name: "Reported by a linter",
    help: "A tool of the repository reported this on a line that the change adds.",
    level: "warning",
  },
  model: {
    name: "Found by a model",
    help: "A language model that qualified for it read the change and, asked again, stood by this. Read its scenario and decide.",
    level: "note",
  },
  undone: {
    name: "Takes back an earlier change",
    help: "The change puts lines back to what they were before an earlier commit. See that commit for its reason, and whether the reason is gone.",
    level: "warning",
  },
  secret: {
    name: "Secret",
    help: "An added line has the form of a key, token or password. Revoke it, since the history keeps it, and read it from the environment or a secret store instead.",
    level: "error",
  },
};
