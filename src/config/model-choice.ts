/** One entry of `models.coding` or `models.research`: how a model is named. */
export type ModelEntry =
  | { kind: "auto" | "none" }
  /** Of the catalogue, or of an installed file. */
  | { kind: "name"; name: string }
  /** A GGUF file, or a script of answers (`.json`). */
  | { kind: "file"; path: string }
  /** An OpenAI-compatible server; `model` where it serves several. */
  | { kind: "server"; url: string; model: string | null };

/** A model, or models in order of preference; an inner list names peers that hold the same weights and share the work. */
export type ModelChoice = string | (string | string[])[];

/** The entries of a choice as groups of peers, in order of preference. */
export function choiceGroups(choice: ModelChoice): string[][] {
  return (typeof choice === "string" ? [choice] : choice).map((entry) => (typeof entry === "string" ? [entry] : entry));
}

/** What an entry means. A file is told from a name by its ending or by a slash. */
export function modelEntry(text: string): ModelEntry {
  if (text === "auto" || text === "none") return { kind: text };
  if (/^https?:\/\//i.test(text)) {
    const hash = text.indexOf("#");
    if (hash === -1) return { kind: "server", url: text, model: null };
    return { kind: "server", url: text.slice(0, hash), model: decodeModel(text.slice(hash + 1)) };
  }
  if (/\.(gguf|json)$/i.test(text) || /[\\/]/.test(text)) return { kind: "file", path: text };
  return { kind: "name", name: text };
}

/** A choice with its files as absolute paths. */
export function withPaths(choice: ModelChoice, absolute: (path: string) => string): ModelChoice {
  const entry = (text: string) => (modelEntry(text).kind === "file" ? absolute(text) : text);
  if (typeof choice === "string") return entry(choice);
  return choice.map((one) => (typeof one === "string" ? entry(one) : one.map(entry)));
}

/** A variable's value: names in order of preference, divided by commas. */
export function choiceFromText(text: string): ModelChoice {
  const names = text.split(",").map((name) => name.trim());
  return names.length === 1 ? text : names;
}

/** What is wrong with a choice, in words; null where nothing is. */
export function choiceProblem(choice: ModelChoice): string | null {
  const groups = choiceGroups(choice);
  for (const [place, group] of groups.entries()) {
    for (const text of group) {
      const problem = entryProblem(text);
      if (problem !== null) return problem;
      const { kind } = modelEntry(text);
      if (group.length > 1 && (kind === "auto" || kind === "none")) return `${text} cannot be a peer of other models`;
      if (kind === "none" && place < groups.length - 1)
        return "nothing can follow none: what stands after it is never asked";
    }
  }
  return null;
}

function entryProblem(text: string): string | null {
  if (text.trim() === "" || text !== text.trim()) return `${JSON.stringify(text)} is not a model`;
  if (/^[a-z][a-z+.-]*:\/\//i.test(text) && !/^https?:\/\//i.test(text)) {
    return `${text} is not the address of a server: it begins with http:// or https://`;
  }
  const entry = modelEntry(text);
  if (entry.kind !== "server") return null;
  if (!URL.canParse(entry.url)) return `${text} is not the address of a server`;
  const { username, password, search } = new URL(entry.url);
  // It would stand in logs and in the names of models.
  if (username !== "" || password !== "" || search !== "") {
    return "an address of a server holds no key: name the variable that does in models.http.api_key_env";
  }
  return entry.model === "" ? `${text} names no model after the #` : null;
}

function decodeModel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
