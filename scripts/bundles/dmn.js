// The editor of decision tables; pages see it as `QcDmn`.
export { default as Modeler } from "dmn-js/lib/Modeler";
