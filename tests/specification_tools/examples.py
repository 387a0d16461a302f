"""Every example of an OpenAPI 3.1 document satisfies its schema, and every text in it means something. Says each that does not,
and fails then."""

import json
import sys

from openapi_schema_validator import OAS31Validator

document = json.load(open(sys.argv[1]))
components = document["components"]
found = checked = 0


def look(example, schema, where):
    global found, checked
    checked += 1
    if wordless(example):
        found += 1
        print(f"{where}: a text has no example")
    for error in OAS31Validator({**schema, "components": components}).iter_errors(example):
        found += 1
        place = "/".join(map(str, error.absolute_path))
        print(f"{where}: {place}: {error.message[:200]}")


def wordless(example):
    """Whether it holds what stands for a text that nothing is known of."""
    if isinstance(example, dict):
        return any(map(wordless, example.values()))
    return any(map(wordless, example)) if isinstance(example, list) else example == "text"


def resolve(it):
    while "$ref" in it:
        it_in = document
        for part in it["$ref"].removeprefix("#/").split("/"):
            it_in = it_in[part.replace("~1", "/").replace("~0", "~")]
        it = it_in
    return it


def media(holder, where):
    for kind, content in resolve(holder).get("content", {}).items():
        if kind != "application/json":
            continue
        if "example" in content:
            look(content["example"], content["schema"], where)
        for name, example in content.get("examples", {}).items():
            look(resolve(example)["value"], content["schema"], f"{where} {name}")


def schemas(it, where):
    if isinstance(it, list):
        for i, part in enumerate(it):
            schemas(part, f"{where}/{i}")
    elif isinstance(it, dict):
        if "example" in it and ("type" in it or "$ref" in it or "oneOf" in it):
            look(it["example"], {key: value for key, value in it.items() if key != "example"}, where)
        for key, part in it.items():
            if key not in ("example", "examples", "default", "enum"):
                schemas(part, f"{where}/{key}")


for path, item in document["paths"].items():
    for method, operation in item.items():
        where = f"{method.upper()} {path}"
        if "requestBody" in operation:
            media(operation["requestBody"], f"{where} body")
        for status, response in operation["responses"].items():
            media(response, f"{where} {status}")
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                look(parameter["example"], parameter["schema"], f"{where} {parameter['name']}")
            schemas(parameter["schema"], f"{where} {parameter['name']}")
schemas(components["schemas"], "schemas")
print(f"{checked} examples, {found} of them wrong")
sys.exit(found > 0)
