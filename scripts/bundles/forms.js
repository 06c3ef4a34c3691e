// The form editor, and what a group of our own in its panel is made of; pages see them as `QcForms`.
export { FormEditor } from "@bpmn-io/form-js-editor";
export { h } from "preact";
