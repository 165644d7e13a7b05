"""The whole contract is there: every operation as a method, every schema as a model that loses nothing."""

import inspect
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ambulo_client import Ambulo, AsyncAmbulo, models
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, TypeAdapter

DOCUMENT = json.loads((Path(__file__).parents[3] / "services" / "gateway" / "openapi.json").read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: (verb, path, operation)
    for path, verbs in DOCUMENT["paths"].items()
    for verb, operation in verbs.items()
}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_a_method_that_takes_all_it_may_be_given(name: str) -> None:
    verb, path, operation = OPERATIONS[name]
    method, awaited = getattr(Ambulo, snake(name)), getattr(AsyncAmbulo, snake(name))
    assert inspect.signature(method).parameters == inspect.signature(awaited).parameters
    taken = {each.rstrip("_").replace("_", "") for each in inspect.signature(method).parameters} - {"self"}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = SCHEMAS[body["$ref"].rpartition("/")[2]]["properties"] if body else {}
    wanted = [each["name"] for each in operation.get("parameters", [])] + list(fields)
    headers_for_events = {"lasteventid"}  # in the query, too
    assert taken | headers_for_events == {re.sub("[-_]", "", each).lower() for each in wanted} | headers_for_events
    assert f"{name}, {verb.upper()} {path}" in (inspect.getdoc(method) or "")


def test_there_is_no_method_without_an_operation() -> None:
    public = {name for name in vars(Ambulo) if not name.startswith("_")}
    assert public == {snake(name) for name in OPERATIONS} == {n for n in vars(AsyncAmbulo) if not n.startswith("_")}


def read_and_written(name: str, value: Any) -> Any:
    model: type[BaseModel] = getattr(models, name)
    return model.model_validate_json(json.dumps(value)).model_dump(mode="json", by_alias=True, exclude_unset=True)


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "example" in schema])
def test_the_example_of_a_schema_comes_back(name: str) -> None:
    example = SCHEMAS[name]["example"]
    assert read_and_written(name, example) == example


WRITTEN_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON that a schema of ours allows, as far as types go."""
    match schema:
        case {"$ref": name}:
            return st.deferred(lambda: values(SCHEMAS[name.rpartition("/")[2]]))
        case {"anyOf": options}:
            return st.one_of(*map(values, options))
        case {"enum": words}:
            return st.sampled_from(words)
        case {"const": word}:
            return st.just(word)
        case {"type": "object"}:
            fields = {name: values(each) for name, each in schema.get("properties", {}).items()}
            required = {name: fields.pop(name) for name in schema.get("required", [])}
            return st.fixed_dictionaries(required, optional=fields)
        case {"type": "array", "items": items}:
            return st.lists(values(items), max_size=2)
        case {"format": "date-time"}:
            instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
            return instants.map(lambda at: WRITTEN_INSTANT.dump_python(at, mode="json"))
        case {"format": "date"}:
            return st.dates().map(str)
        case {"type": "string"}:
            return st.text(max_size=20)
        case {"type": "integer"}:
            return st.integers(-(2**53), 2**53)
        case {"type": "number"}:
            return st.floats(allow_nan=False, allow_infinity=False)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "null"}:
            return st.none()
    raise AssertionError(schema)


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_what_a_schema_allows_is_read_and_written_without_loss(name: str, data: st.DataObject) -> None:
    value = data.draw(values(SCHEMAS[name]))
    assert read_and_written(name, value) == value


def test_a_newer_server_is_understood() -> None:
    example = SCHEMAS["Appointment"]["example"] | {"status": "teleported", "fields": ["of", "tomorrow"]}
    assert models.Appointment.model_validate(example).status == "teleported"
