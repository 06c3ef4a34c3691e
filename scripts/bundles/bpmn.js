// The process editor of the designers, with the play of tokens; pages see it as `QcBpmn`.
export { default as Modeler } from "bpmn-js/lib/Modeler";
export { default as NavigatedViewer } from "bpmn-js/lib/NavigatedViewer";
export { default as TokenSimulation } from "bpmn-js-token-simulation";
