"""Every request and reply held against the vendor's own description of its API.

The description is read where it lies, beside the checkout or where EXODUS_PROLIFIC says, and is
no part of this project. Its faults are in `patches`, each with its reason.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, quote, urlsplit

import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.fakes.prolific.patches import PATCHES, UNLISTED
from tests.fakes.wire_server import Reply, Request

_CHECKOUT = Path(__file__).resolve().parents[3]
_ROOT = "urn:prolific"
_AUTHORIZATION = re.compile(r"Token \S+")
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})

Document = dict[str, Any]


def description() -> Path:
    """Where the description lies; it need not exist."""
    named = os.environ.get("EXODUS_PROLIFIC")
    beside = _CHECKOUT.parent / "shared" / "contracts" / "prolific" / "openapi-2025-11.yaml"
    return Path(named) if named else beside


def document(*, patched: bool = True) -> Document:
    """The description, with its faults mended unless they are wanted."""
    plain: Document = json.loads(_text_of(description()))
    for patch in PATCHES if patched else ():
        patch.mend(plain)
    return plain


class _Operation(NamedTuple):
    """`pointer` is where it stands in the document; `described` is what stands there."""

    template: str
    pointer: str
    described: Document


class Contract:
    """The description, ready to hold calls against."""

    def __init__(self, described: Document) -> None:
        self.document = described
        self._registry: Registry[Any] = Registry().with_resource(
            _ROOT, DRAFT4.create_resource(described)
        )
        self._templates = [(each, _pattern(each)) for each in _fixed_first(described["paths"])]

    @staticmethod
    def found() -> Contract | None:
        """The contract, or None where there is no description."""
        return _read(description()) if description().is_file() else None

    def violations(self, request: Request, reply: Reply) -> list[str]:
        """What of a call is against the description; empty if nothing is."""
        path, query = urlsplit(request.path).path, dict(parse_qsl(urlsplit(request.path).query))
        called = f"{request.method} {path}"
        operation = self._operation(request.method, path)
        if operation is None:
            listed = _unlisted(request.method, path)
            return [] if listed else [f"{called}: the description has no such operation"]
        found = [
            *_authorization(request),
            *self._query(operation, query),
            *self._request_body(operation, request.body),
            *self._reply(operation, reply),
        ]
        return [f"{called}: {each}" for each in found]

    def operations(self) -> set[str]:
        """All that the description has: `GET /api/v1/studies/`."""
        paths = self.document["paths"].items()
        return {f"{name.upper()} {path}" for path, item in paths for name in _METHODS & item.keys()}

    def body_mistakes(self, method: str, template: str, body: object) -> list[str]:
        """What is wrong with a request's body for a path as the description writes it."""
        described = self.document["paths"][template][method.lower()]
        pointer = _pointer("paths", template, method.lower())
        operation = _Operation(template, pointer, described)
        return list(self._request_body(operation, json.dumps(body).encode()))

    def _operation(self, method: str, path: str) -> _Operation | None:
        for template, pattern in self._templates:
            described = self.document["paths"][template].get(method.lower())
            if described is not None and pattern.fullmatch(path):
                return _Operation(template, _pointer("paths", template, method.lower()), described)
        return None

    def _query(self, operation: _Operation, query: dict[str, str]) -> Iterator[str]:
        parameters = self._parameters(operation)
        for name in sorted(query.keys() - parameters.keys()):
            yield f"the query has no parameter {name}"
        for name, (pointer, parameter) in parameters.items():
            if name in query:
                value = _read_as(query[name], parameter["schema"].get("type"))
                yield from self._against(f"{pointer}/schema", value, f"query {name}")
            elif parameter.get("required"):
                yield f"the query needs {name}"

    def _parameters(self, operation: _Operation) -> dict[str, tuple[str, Document]]:
        return {
            each["name"]: (f"{operation.pointer}/parameters/{place}", each)
            for place, each in enumerate(operation.described.get("parameters", []))
            if each["in"] == "query"
        }

    def _request_body(self, operation: _Operation, body: bytes) -> Iterator[str]:
        described = operation.described.get("requestBody")
        if described is None:
            if body:
                yield "it takes no body"
            return
        if not body:
            if described.get("required"):
                yield "it needs a body"
            return
        pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
        try:
            value = json.loads(body)
        except ValueError:
            yield "the body is not JSON"
            return
        yield from self._against(pointer, value, "body")
        if isinstance(value, dict):
            known = self._members(described["content"]["application/json"]["schema"])
            for name in sorted(value.keys() - known):
                yield f"the body has no member {name}"

    def _members(self, schema: Document) -> set[str]:
        """Every member that a schema names, through its references and alternatives."""
        if "$ref" in schema:
            return self._members(self._referred(schema["$ref"]))
        parts = [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, [])]
        return {*schema.get("properties", {})}.union(*map(self._members, parts))

    def _referred(self, reference: str) -> Document:
        return cast(
            "Document", self._registry.resolver(_ROOT).lookup(f"{_ROOT}{reference}").contents
        )

    def _reply(self, operation: _Operation, reply: Reply) -> Iterator[str]:
        if reply.flaw == "reset":
            return  # Nobody gets it.
        responses = operation.described["responses"]
        family = f"{reply.status // 100}XX"
        key = next((each for each in (str(reply.status), family) if each in responses), None)
        if key is None:
            yield f"no reply {reply.status} is described"
            return
        content = responses[key].get("content", {}).get("application/json")
        if content is None or reply.content_type != "application/json":
            if content is None and reply.body:
                yield f"reply {key} has no body"
            return
        pointer = f"{operation.pointer}/responses/{key}/content/application~1json/schema"
        try:
            value = json.loads(reply.body)
        except ValueError:
            yield f"reply {key} is not JSON"
            return
        yield from self._against(pointer, value, f"reply {key}")

    def _against(self, pointer: str, value: object, where: str) -> Iterator[str]:
        reference = {"$ref": f"{_ROOT}#{quote(pointer, safe='/~')}"}
        validator = OAS30Validator(
            reference, registry=self._registry, format_checker=oas30_format_checker
        )
        for error in validator.iter_errors(value):
            place = "/".join(str(each) for each in error.absolute_path)
            yield f"{where} /{place}: {error.message[:200]}"


@cache
def _text_of(file: Path) -> str:
    """The description as JSON; dates among its examples are text again."""
    # The C loader is ten times as fast, and a wheel of PyYAML has it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe
    return json.dumps(read, default=str)


@cache
def _read(_: Path) -> Contract:
    return Contract(document())


def _fixed_first(paths: Document) -> list[str]:
    """`/submissions/bulk-approve/` before `/submissions/{id}/`."""
    return sorted(paths, key=lambda each: each.count("{"))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))


def _pointer(*parts: str) -> str:
    return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in parts)


def _unlisted(method: str, path: str) -> bool:
    return any(
        each.method == method and _pattern(each.template).fullmatch(path) for each in UNLISTED
    )


def _authorization(request: Request) -> Iterator[str]:
    """The description says it in words alone: `Token <your token>`."""
    if not _AUTHORIZATION.fullmatch(request.headers.get("authorization", "")):
        yield "Authorization is not `Token ...`"


def _read_as(text: str, kind: str | None) -> object:
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text
