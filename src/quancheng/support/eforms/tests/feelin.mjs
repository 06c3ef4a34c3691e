/* Evaluates what stands on standard input, a list of {expression, context}, with feelin: the FEEL of form-js in the
   browser. Writes a list of {value} or {error}; days and times come and go as {"date": …}, {"time": …}. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { evaluate } = await import(pathToFileURL(process.argv[2]).href);

function result(expression, context) {
  const found = evaluate(expression, context);
  return found && typeof found === "object" && "value" in found ? found.value : found;
}

function given(value) {
  if (Array.isArray(value)) {
    return value.map(given);
  }
  if (value && typeof value === "object") {
    if ("date" in value) {
      return result(`date("${value.date}")`, {});
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, given(inner)]));
  }
  return value;
}

function taken(value) {
  if (value === undefined || typeof value === "function") {
    return null;
  }
  if (Array.isArray(value)) {
    return value.map(taken);
  }
  if (value && typeof value === "object") {
    if (typeof value.toJSON === "function" || value.constructor !== Object) {
      return { text: String(value) };
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, taken(inner)]));
  }
  return value;
}

const answers = JSON.parse(readFileSync(0, "utf-8")).map(function ({ expression, context }) {
  try {
    return { value: taken(result(expression, given(context))) };
  } catch (error) {
    return { error: String(error) };
  }
});
process.stdout.write(JSON.stringify(answers));
