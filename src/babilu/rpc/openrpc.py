"""OpenRPC description of the client's protocol: methods, their parameters and answers, and the events, as JSON Schema.

It follows from the types, like the protocol itself. See the OpenRPC specification 1.3 and JSON Schema, draft 7.
"""

from typing import Any, Final

from babilu.kernel.limits import REQUEST_ID_CHARACTERS
from babilu.rpc.json_codec import Json, JsonShape, RecordCodec, UnionCodec
from babilu.rpc.methods import Method, methods, notifications
from babilu.version import __version__

VERSION: Final = "1.3.2"
"""Of the OpenRPC specification."""

REQUEST_ID: Final = "request_id"
"""The parameter that every method takes: described once."""

_EVERYWHERE: Final[Json] = {"$ref": f"#/components/contentDescriptors/{REQUEST_ID}"}

_PLAIN: Final[dict[str, Json]] = {
    "null": {"type": "null"},
    "true or false": {"type": "boolean"},
    "number": {"type": "integer"},
    "text": {"type": "string"},
    "password": {"type": "string", "format": "password"},
    "hexadecimal": {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
}


def describe() -> dict[str, Json]:
    """Return the OpenRPC document."""
    schemas: dict[str, Json] = {}
    every = [_method(method, schemas) for method in methods().values()]
    told = {name: _schema(shape, schemas) for name, shape in notifications().items()}
    return {
        "openrpc": VERSION,
        "info": {
            "title": "Babilu's client",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
            "description": "JSON-RPC 2.0, one object a line. Events come as notifications once `subscribe` was called.",
        },
        "methods": every,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "contentDescriptors": {REQUEST_ID: _request_id()},
        },
        "x-notifications": told,
    }


def _request_id() -> dict[str, Json]:
    text = {"type": "string", "maxLength": REQUEST_ID_CHARACTERS, "pattern": "^[ -~]*$"}
    return {"name": REQUEST_ID, "required": False, "schema": {"oneOf": [text, {"type": "null"}]}}


def _method(method: Method, schemas: dict[str, Json]) -> dict[str, Json]:
    first, _, rest = (method.command.__doc__ or "").partition("\n\n")
    described: dict[str, Json] = {"name": method.name, "summary": _plain(first)}
    if rest.strip():
        described["description"] = _plain(rest)
    described["paramStructure"] = "by-name"
    described["params"] = [
        _EVERYWHERE if name == REQUEST_ID else _param(method, name, shape, schemas)
        for name, shape in method.params.members.items()
    ]
    described["result"] = {"name": "answer", "schema": _schema(method.answer, schemas)}
    return described


def _param(method: Method, name: str, shape: JsonShape, schemas: dict[str, Json]) -> dict[str, Json]:
    return {"name": name, "required": name in method.params.needed, "schema": _schema(shape, schemas)}


def _schema(shape: JsonShape, schemas: dict[str, Json]) -> Any:  # noqa: ANN401 -- JSON
    """Return the schema of a shape; objects and closed lists are referred to, and described once."""
    if isinstance(shape, RecordCodec):
        name = shape.kind.__name__
        if name not in schemas:
            schemas[name] = {}
            schemas[name] = {
                "type": "object",
                "properties": {member: _schema(each, schemas) for member, each in shape.members.items()},
                "required": sorted(shape.needed),
                "additionalProperties": False,
            }
        return {"$ref": f"#/components/schemas/{name}"}
    if isinstance(shape, UnionCodec):
        return {"oneOf": [_schema(variant, schemas) for variant in shape.variants]}
    if shape.choices:
        name = shape.name.strip("`")
        schemas[name] = {"type": "string", "enum": list(shape.choices)}
        return {"$ref": f"#/components/schemas/{name}"}
    if shape.inner is not None:
        inner = _schema(shape.inner, schemas)
        is_array = shape.name.startswith("array")
        return {"type": "array", "items": inner} if is_array else {"oneOf": [inner, {"type": "null"}]}
    return dict(_PLAIN[shape.name])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
