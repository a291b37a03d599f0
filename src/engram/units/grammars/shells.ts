import type { Grammar } from "../grammar.ts";

export const bash: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm",
  query: `
(program (_) @unit)
(function_definition name: (_) @defines) @unit
(comment) @lead

(program
  [
    (variable_assignment name: (variable_name) @defines)
    (declaration_command (variable_assignment name: (variable_name) @defines))
  ])

(command name: (command_name (word) @calls))

((command name: (command_name) @_source . argument: [(word) (string) (raw_string) (concatenation)] @imports)
  (#any-of? @_source "source" "."))
`,
};

export const powershell: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm",
  query: `
(program (statement_list (_) @unit))
[
  (function_statement (function_name) @defines)
  (class_statement . (simple_name) @defines)
  (enum_statement . (simple_name) @defines)
  (class_method_definition (simple_name) @defines)
  (class_property_definition (variable) @defines)
] @unit
(comment) @lead

(enum_member . (simple_name) @defines)
(program
  (statement_list
    (pipeline (assignment_expression (left_assignment_expression) @defines))))

(command command_name: (command_name) @calls)
(invokation_expression (member_name (simple_name) @calls))

((command command_name: (command_name) @_import command_elements: (command_elements . (_) . [(generic_token) (array_literal_expression)] @imports))
  (#any-of? @_import "Import-Module" "import-module" "."))
((command command_name: (command_name) @_using command_elements: (command_elements (generic_token) @imports .))
  (#any-of? @_using "using"))
`,
};
