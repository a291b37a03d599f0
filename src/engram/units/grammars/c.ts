import type { Grammar } from "../grammar.ts";

/** What C and C++ have in common. */
const common = `
(translation_unit (_) @unit)
(preproc_ifdef (_) @unit)
(preproc_if (_) @unit)
(declaration_list (_) @unit)
(function_definition) @unit
(comment) @lead

(function_definition declarator: (function_declarator declarator: (_) @defines))
(function_definition declarator: (_ (function_declarator declarator: (_) @defines)))
(declaration declarator: (function_declarator declarator: (identifier) @defines))
(declaration declarator: (pointer_declarator (function_declarator declarator: (identifier) @defines)))
(struct_specifier name: (_) @defines body: (_))
(union_specifier name: (_) @defines body: (_))
(enum_specifier name: (_) @defines body: (_))
(enumerator name: (_) @defines)
(type_definition declarator: (type_identifier) @defines)
(preproc_def name: (_) @defines)
(preproc_function_def name: (_) @defines)
(field_declaration
  declarator: [
    (field_identifier) @defines
    (pointer_declarator (field_identifier) @defines)
    (array_declarator (field_identifier) @defines)
    (function_declarator declarator: (field_identifier) @defines)
    (pointer_declarator (function_declarator declarator: (field_identifier) @defines))
  ])
(translation_unit
  (declaration
    declarator: [
      (identifier) @defines
      (init_declarator
        declarator: [
          (identifier) @defines
          (pointer_declarator (identifier) @defines)
          (array_declarator (identifier) @defines)
        ])
    ]))

(call_expression function: [(identifier) @calls (field_expression field: (field_identifier) @calls)])

(preproc_include path: (_) @imports)
`;

const more = `
(template_declaration
  [(class_specifier) (struct_specifier) (union_specifier) (function_definition) (template_declaration)] @wrapped)
`;

const plusPlus = `
[
  (class_specifier name: (_) @defines body: (_))
  (struct_specifier body: (_))
  (namespace_definition)
  (template_declaration)
  (concept_definition name: (_) @defines)
  (alias_declaration name: (_) @defines)
  (field_declaration declarator: (function_declarator))
] @unit
(namespace_definition name: (_) @defines)
(field_declaration declarator: (reference_declarator (function_declarator declarator: (field_identifier) @defines)))
(field_declaration declarator: (function_declarator declarator: (operator_name) @defines))
(declaration_list
  (declaration declarator: [(identifier) @defines (init_declarator declarator: (identifier) @defines)]))

(call_expression
  function: [
    (qualified_identifier) @calls
    (template_function name: (identifier) @calls)
    (field_expression field: (template_method name: (_) @calls))
  ])
(new_expression type: [(type_identifier) @calls (qualified_identifier) @calls (template_type name: (_) @calls)])

(using_declaration [(identifier) @imports (qualified_identifier name: (_) @imports) @imports])
`;

export const c: Grammar = {
  wasm: "@repomix/tree-sitter-wasms/out/tree-sitter-c.wasm",
  query: common,
};

export const cpp: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-cpp.wasm",
  query: more + common + plusPlus,
};
