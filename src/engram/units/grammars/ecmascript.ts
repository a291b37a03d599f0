import type { Grammar } from "../grammar.ts";
import { javascriptMembers, typescriptMembers } from "./members.ts";
import { javascriptVariables, tsxVariables, typescriptVariables } from "./variables.ts";

/** What JavaScript and TypeScript have in common. A call with a text and a function is a unit: a test, a route. */
const common = `
(program (_) @unit)
[
  (function_declaration name: (_) @defines)
  (generator_function_declaration name: (_) @defines)
  (class_declaration name: (_) @defines)
  (method_definition name: (_) @defines)
  (pair key: (property_identifier) @defines value: [(arrow_function) (function_expression)])
  (lexical_declaration
    (variable_declarator name: (identifier) @defines value: [(arrow_function) (function_expression) (class)]))
  (expression_statement
    (assignment_expression
      left: (member_expression property: (property_identifier) @defines)
      right: [(arrow_function) (function_expression) (class)]))
  (expression_statement
    [
      (call_expression
        arguments: (arguments . [(string) (template_string)] [(arrow_function) (function_expression)]))
      (await_expression
        (call_expression
          arguments: (arguments . [(string) (template_string)] [(arrow_function) (function_expression)])))
    ])
] @unit
[(comment) (decorator)] @lead

(program
  [
    (lexical_declaration (variable_declarator name: (identifier) @defines))
    (variable_declaration (variable_declarator name: (identifier) @defines))
  ])
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @defines)))

(call_expression function: [(identifier) @calls (member_expression property: (_) @calls)])
(new_expression constructor: [(identifier) @calls (member_expression property: (_) @calls)])
(decorator [(identifier) @calls (member_expression property: (_) @calls)])

(import_statement source: (string) @imports)
(export_statement source: (string) @imports)
(import_specifier name: (_) @imports)
(export_statement (export_clause (export_specifier name: (_) @imports)) source: (_))
(import_clause (identifier) @imports)
(namespace_import (identifier) @imports)
((call_expression function: [(identifier) (import)] @_function arguments: (arguments . (string) @imports))
  (#any-of? @_function "require" "import"))
(variable_declarator
  name: [
    (identifier) @imports
    (object_pattern
      [(shorthand_property_identifier_pattern) @imports (pair_pattern key: (property_identifier) @imports)])
  ]
  value: (call_expression function: (identifier) @_require)
  (#eq? @_require "require"))
`;

const components = `
(jsx_opening_element name: [(identifier) @component (member_expression property: (_) @component)])
(jsx_self_closing_element name: [(identifier) @component (member_expression property: (_) @component)])
`;

const types = `
[
  (abstract_class_declaration name: (_) @defines)
  (interface_declaration name: (_) @defines)
  (type_alias_declaration name: (_) @defines)
  (enum_declaration name: (_) @defines)
  (internal_module name: (_) @defines)
  (module name: (_) @defines)
  (function_signature name: (_) @defines)
  (abstract_method_signature name: (_) @defines)
  (public_field_definition name: (_) @defines)
] @unit
(interface_body
  [
    (property_signature name: (_) @defines)
    (method_signature name: (_) @defines)
    (call_signature)
    (construct_signature)
    (index_signature)
  ] @unit)
(class_body (method_signature name: (_) @defines) @unit)
(enum_body name: (_) @defines)
(enum_assignment name: (_) @defines)
(ambient_declaration (lexical_declaration (variable_declarator name: (identifier) @defines)))
(import_require_clause (identifier) @imports source: (string) @imports)
`;

const fields = "(field_definition property: (_) @defines) @unit";

export const javascript: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-javascript.wasm",
  query: common + components + fields,
  variables: javascriptVariables,
  members: javascriptMembers,
};

export const typescript: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm",
  query: common + types,
  variables: typescriptVariables,
  members: typescriptMembers,
};

export const tsx: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm",
  query: common + components + types,
  variables: tsxVariables,
  members: typescriptMembers,
};
