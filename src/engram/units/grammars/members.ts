/**
 * Queries for `UnitParser.members`. `@class`: a class. `@defines`: a name that a class gets by it. `@uses`: a name behind
 * `this` or `self`. `@open`: what may give the class around it names that nothing in the text tells. `@passes`: a call that is
 * handed the object itself, whose function decides.
 */
const ecmascript = `
[(class_declaration) (class)] @class
(method_definition name: (_) @defines)
(member_expression object: (this) property: (_) @uses)
(subscript_expression object: (this)) @open
(variable_declarator value: (this)) @open
(binary_expression right: (this)) @open
(call_expression arguments: (arguments . (this))) @passes
`;

const untyped = `
(field_definition property: (_) @defines)
`;

const typed = `
(abstract_class_declaration) @class
(public_field_definition name: (_) @defines)
(method_signature name: (_) @defines)
(abstract_method_signature name: (_) @defines)
(index_signature) @open
(required_parameter (accessibility_modifier) pattern: (identifier) @defines)
(optional_parameter (accessibility_modifier) pattern: (identifier) @defines)
(required_parameter "readonly" pattern: (identifier) @defines)
(optional_parameter "readonly" pattern: (identifier) @defines)
`;

export const javascriptMembers = ecmascript + untyped;
export const typescriptMembers = ecmascript + typed;

export const pythonMembers = `
(class_definition) @class
(class_definition name: (identifier) @defines)
(function_definition name: (identifier) @defines)
(assignment left: (identifier) @defines)
(assignment left: (pattern_list (identifier) @defines))
(assignment left: (tuple_pattern (identifier) @defines))
(for_statement left: (identifier) @defines)
(as_pattern_target (identifier) @defines)
(aliased_import alias: (identifier) @defines)
(import_from_statement name: (dotted_name (identifier) @defines))
((attribute object: (identifier) @_self attribute: (identifier) @uses) (#any-of? @_self "self" "cls"))
((call function: (identifier) @_dynamic arguments: (argument_list . (identifier) @_self)) @open
  (#any-of? @_dynamic "setattr" "hasattr" "delattr" "vars"))
`;
