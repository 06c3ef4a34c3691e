// Reads pairs of BPMN texts (a JSON file) with bpmn-moddle and says for each pair whether both hold the same, and gives
// the second as bpmn-moddle writes it anew.
import { readFileSync } from "node:fs";
import * as library from "bpmn-moddle";

const Moddle = library.BpmnModdle ?? library.default;

async function written(text) {
  const moddle = new Moddle();
  const { rootElement } = await moddle.fromXML(text);
  return (await moddle.toXML(rootElement, { format: true })).xml;
}

const answers = [];
for (const [one, other] of JSON.parse(readFileSync(process.argv.at(-1), "utf8"))) {
  const [first, second] = [await written(one), await written(other)];
  answers.push({ same: first === second, written: second });
}
console.log(JSON.stringify(answers));
