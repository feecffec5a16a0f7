// usage: node check.mjs openapi.json
// Is this an OpenAPI 3.1 document? Are the schemas and examples in it what JSON Schema 2020-12 says they are? Neither validator is ours.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const text = readFileSync(process.argv[2], "utf8");
const findings = [];

const validator = new Validator();
const result = await validator.validate(JSON.parse(text));
if (!result.valid) findings.push(...[result.errors].flat().map((error) => JSON.stringify(error)));
if (validator.version !== "3.1") findings.push(`read as OpenAPI ${validator.version}`);

const document = JSON.parse(text);
const ajv = new Ajv2020.default({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: "openapi.json", ...document, $schema: "https://json-schema.org/draft/2020-12/schema" });
let schemas = 0;
function compile(pointer) {
  const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  schemas += 1;
  try {
    return ajv.getSchema(`openapi.json#/${escaped}`);
  } catch (error) {
    findings.push(`/${pointer.join("/")}: ${error.message}`);
  }
}

for (const name of Object.keys(document.components.schemas)) compile(["components", "schemas", name]);
for (const [path, operations] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const here = ["paths", path, method];
    for (const media of Object.keys(operation.requestBody?.content ?? {})) compile([...here, "requestBody", "content", media, "schema"]);
    for (const [status, response] of Object.entries(operation.responses))
      for (const media of Object.keys(response.content ?? {})) compile([...here, "responses", status, "content", media, "schema"]);
    operation.parameters.forEach((_, index) => compile([...here, "parameters", String(index), "schema"]));
  }
}

const problem = compile(["components", "schemas", "Problem"]);
let examples = 0;
for (const [name, response] of Object.entries(document.components.responses)) {
  for (const [id, example] of Object.entries(response.content["application/problem+json"].examples ?? {})) {
    examples += 1;
    if (!problem(example.value)) findings.push(`example ${name}/${id}: ${ajv.errorsText(problem.errors)}`);
  }
}

console.log(`${Object.keys(document.paths).length} paths, ${schemas} schemas, ${examples} examples`);
if (schemas === 0 || examples === 0) findings.push("nothing was checked");
for (const finding of findings) console.error(finding);
process.exit(findings.length === 0 ? 0 : 1);
