import type { Grammar } from "../grammar.ts";

export const css: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-css.wasm",
  query: `
(stylesheet (_) @unit)
(rule_set) @unit
(comment) @lead

(class_selector (class_name) @defines)
(id_selector (id_name) @defines)
(keyframes_name) @defines
((declaration (property_name) @defines) (#match? @defines "^--"))

(import_statement [(string_value) @imports (call_expression (arguments (string_value) @imports))])
`,
};

/** Only the outline; the script is parsed on its own (`parse-vue.ts`). */
export const vue: Grammar = {
  wasm: "@repomix/tree-sitter-wasms/out/tree-sitter-vue.wasm",
  query: `
(document [(element) (template_element) (script_element) (style_element)] @unit)
(comment) @lead
`,
};
