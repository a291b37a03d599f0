/** What cases are made after: whole texts of a format, and the tokens of others. */

export const serverConfiguration =
  "github:\n  host: github.com\nserver:\n  port: 3000\nmodels:\n  coding: auto\njobs:\n  concurrency: 2\nretention:\n  days: 30\n";
export const exportedIssue =
  '{"number":1,"title":"a","body":"b","state":"open","labels":["bug"],"createdAt":"2024-01-01T00:00:00Z","author":"a","comments":[{"author":"b","body":"c","createdAt":"2024-01-02T00:00:00Z"}],"duplicates":[2]}';

export const diffTokens = [
  "diff --git a/x.ts b/x.ts",
  "index 1111111..2222222 100644",
  "new file mode 100644",
  "similarity index 90%",
  "rename from x.ts",
  "rename to y.ts",
  "--- a/x.ts",
  "--- /dev/null",
  "+++ b/x.ts",
  "@@ -1,2 +1,3 @@ f",
  "@@ -0,0 +1 @@",
  "@@ -99999999999,1 +1,99999999999 @@",
  "\\ No newline at end of file",
  "Binary files a/x and b/x differ",
  "+",
  "-",
  " ",
  "\u0001",
  ":100644 100644 1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 M\0x.ts\0",
];
export const commentTokens = [
  "/assistant",
  "/assistant review",
  " ",
  "    ",
  "\t",
  "review",
  "ask",
  "explain",
  "off",
  "stop",
  "@engram-assistant",
  "> ",
  "```",
  "~~~",
  "<!--",
  "-->",
  "src/a.ts:1-3",
  "--all",
  "#12",
];
export const issueForm = {
  name: "Bug",
  description: "What is wrong",
  body: [
    { type: "markdown", attributes: { value: "Thanks" } },
    { type: "input", id: "a", attributes: { label: "Version", value: "1" }, validations: { required: true } },
    { type: "checkboxes", attributes: { label: "Terms", options: [{ label: "I agree", required: true }] } },
    { type: "dropdown", attributes: { label: "System", options: ["Linux", "macOS"] } },
  ],
};

export const sarif =
  '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[{"id":"a","messageStrings":{"m":{"text":"{0} is bad"}},"defaultConfiguration":{"level":"note"}}]}},"originalUriBaseIds":{"ROOT":{"uri":"file:///w/"}},"artifacts":[{"location":{"uri":"src/a.ts"}}],"results":[{"ruleId":"a","ruleIndex":0,"level":"error","message":{"text":"b","id":"m","arguments":["c"]},"suppressions":[{"status":"rejected"}],"fingerprints":{"f":"1"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a.ts","uriBaseId":"ROOT","index":0},"region":{"startLine":1,"endLine":2}}}]}]}]}';
