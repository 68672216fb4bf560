"""What is wrong with, or has changed since, the vendor's description; each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Document = dict[str, Any]


class Patch(NamedTuple):
    """A fault of the description, why it is one, and what to do about it."""

    name: str
    reason: str
    mend: Callable[[Document], None]


class Unlisted(NamedTuple):
    """An operation that the description lacks, and why it may be used."""

    method: str
    template: str
    reason: str


_STUDY_FIELDS = ("name", "description", "prolific_id_option", "estimated_completion_time", "reward")
_SUBMISSIONS = ("SubmissionShort", "Submission", "ReturnRequestedResponse")
_PAGED = ("/api/v1/studies/", "/api/v1/studies/{id}/submissions/")
_GONE = ("/mutually-exclusive/", "/eligibility-requirements/", "/demographics/", "/instructions")
_OFFSET = (
    "/api/v1/workspaces/",
    "/api/v1/workspaces/{workspace_id}/projects/",
    "/api/v1/participant-groups/",
    "/api/v1/filter-sets/",
)


def _schemas(document: Document) -> Document:
    schemas: Document = document["components"]["schemas"]
    return schemas


def _operations(item: Document) -> list[Document]:
    return [item[name] for name in ("get", "post", "put", "patch", "delete") if name in item]


def _study(document: Document) -> Document:
    properties: Document = _schemas(document)["BaseStudy"]["properties"]
    return properties


def _alternatives(document: Document) -> None:
    _schemas(document)["CreateStudy"]["allOf"][1] = {
        "required": list(_STUDY_FIELDS),
        "anyOf": [
            {"required": ["external_study_url", "completion_codes", "total_available_places"]},
            {"required": ["access_details", "completion_codes", "total_available_places"]},
            {"required": ["data_collection_method", "data_collection_id"]},
        ],
    }


def _code_types(document: Document) -> None:
    del _study(document)["completion_codes"]["items"]["properties"]["code_type"]["enum"]


def _slots(document: Document) -> None:
    """A schema of its own for PATCH, where a code may come with its slots alone."""
    code = _study(document)["completion_codes"]["items"]
    code["required"] = ["code", "actions"]
    _schemas(document)["FixedScreenOut"]["required"] = ["action", "slots"]


def _methods(document: Document) -> None:
    """A pattern: of an enum that has null itself Prism makes one that it cannot read, and then it
    looks at no study at all, without a word.
    """
    method = _study(document)["data_collection_method"]
    renamed = ["AI_TASK_BUILDER_BATCH", "AI_TASK_BUILDER_COLLECTION"]
    method["pattern"] = f"^({'|'.join([*method.pop('enum'), *renamed])})$"


def _composites(document: Document) -> None:
    schemas = _schemas(document)
    nested = {"type": "array", "minItems": 1, "items": {"anyOf": _any_filter()}}
    schemas["CompositeFilter"] = {
        "type": "object",
        "required": ["filter_id", "selected_filters"],
        "properties": {
            "filter_id": {"type": "string", "enum": ["and", "or"]},
            "selected_filters": nested,
        },
    }
    plain = [
        schemas[name]["properties"] for name in ("RequirementsCountRequest", "UpdateFilterSet")
    ]
    lists = [each["filters"] for each in (_study(document), *plain)]
    lists += [
        schemas[name]["allOf"][0]["properties"]["filters"]
        for name in ("CreateFilterSet", "FilterSet")
    ]
    for each in lists:
        each["items"] = {"anyOf": _any_filter()}


def _any_filter() -> list[Document]:
    names = ("SelectFilter", "RangeFilter", "CompositeFilter")
    return [{"$ref": f"#/components/schemas/{name}"} for name in names]


def _progress(document: Document) -> None:
    progress = _schemas(document)["StudyAccessDetailsProgress"]
    progress["type"] = "object"
    one = {"$ref": "#/components/schemas/AccessDetailProgress"}
    progress["properties"]["progress"] = {"type": "array", "items": one}


def _publish_at(document: Document) -> None:
    transition = _schemas(document)["StudyTransition"]["properties"]
    transition["publish_at"] = {"type": "string", "format": "date-time"}


def _partly_approved(document: Document) -> None:
    for name in _SUBMISSIONS:
        _schemas(document)[name]["properties"]["status"]["enum"].append("PARTIALLY APPROVED")


def _group_list(document: Document) -> None:
    operation = document["paths"]["/api/v1/participant-groups/"]["get"]
    kept = [each for each in operation["parameters"] if each["name"] != "filter"]
    operation["parameters"] = [*kept, _parameter("workspace_id", "string", required=True)]


def _path_parameters(document: Document) -> None:
    """`{id}` without `required`, and a path whose variable nobody declares."""
    for path, item in document["paths"].items():
        for operation in _operations(item):
            for each in operation.setdefault("parameters", []):
                each["required"] = each["in"] == "path" or each.get("required", False)
            declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            for part in path.split("/"):
                name = part.strip("{}")
                if part.startswith("{") and name not in declared:
                    variable = _parameter(name, "string", required=True) | {"in": "path"}
                    operation["parameters"].append(variable)


def _paging(document: Document) -> None:
    for path in _PAGED:
        _add(document, path, "page", "page_size")
    for path in _OFFSET:
        _add(document, path, "limit", "offset")


def _add(document: Document, path: str, *names: str) -> None:
    parameters = document["paths"][path]["get"]["parameters"]
    parameters += [_parameter(name, "integer") for name in names]


def _study_query(document: Document) -> None:
    for each in document["paths"]["/api/v1/submissions/"]["get"]["parameters"]:
        if each["name"] == "study":
            each["required"] = True


def _refusals(document: Document) -> None:
    message = {"message": {"type": "string"}}
    simple = {"type": "object", "required": ["message"], "properties": message}
    shapes = [{"$ref": f"#/components/schemas/{name}"} for name in ("Error", "ErrorDetail")]
    error = {"content": {"application/json": {"schema": {"anyOf": [*shapes, simple]}}}}
    for item in document["paths"].values():
        for operation in _operations(item):
            for family in ("4XX", "5XX"):
                operation["responses"][family] = {"description": "Error"} | error


def _batches(document: Document) -> None:
    create = document["paths"]["/api/v1/data-collection/batches"]["post"]
    update = document["paths"]["/api/v1/data-collection/batches/{batch_id}"]["patch"]
    for operation in (create, update):
        body = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
        body["batch_items"] = {"type": "array", "items": {"type": "object"}}
        body.setdefault("task_details", {"type": "object", "required": ["task_name"]})


def _schema_of_dataset(document: Document) -> None:
    create = document["paths"]["/api/v1/data-collection/datasets"]["post"]
    body = create["requestBody"]["content"]["application/json"]["schema"]["properties"]
    body["schema"] = {"type": "object", "required": ["fields"]}


def _legacy_code(document: Document) -> None:
    _study(document)["completion_code"] = {"type": "string"}


def _bounds(document: Document) -> None:
    for name in ("min", "max"):
        bound = _schemas(document)["RangeFilterListAttributes"]["properties"][name]
        bound["anyOf"] = bound.pop("oneOf")


def _weightings(document: Document) -> None:
    properties = _schemas(document)["RangeFilter"]["properties"]
    weighting = properties["weightings"]
    properties["weightings"] = {"type": "object", "additionalProperties": weighting}


def _group_update(document: Document) -> None:
    properties = _schemas(document)["ParticipantGroupUpdate"]["properties"]
    properties["description"] = {"type": "string"}


def _gone(document: Document) -> None:
    for path in [each for each in document["paths"] if any(part in each for part in _GONE)]:
        del document["paths"][path]


def _parameter(name: str, kind: str, *, required: bool = False) -> Document:
    return {"name": name, "in": "query", "required": required, "schema": {"type": kind}}


PATCHES = (
    Patch(
        "alternatives",
        "external_study_url, completion_codes and total_available_places are listed as required, "
        "though a Taskflow study has access_details and a Task Builder study none of the three; "
        "the description's own text and examples say so",
        _alternatives,
    ),
    Patch(
        "code types",
        "code_type is an enum of eight, though its text allows any other free text, and the "
        "description's own examples use SCREENED_OUT",
        _code_types,
    ),
    Patch(
        "slots",
        "the description's own example of changing slots sends a code without code_type, and the "
        "action without fixed_screen_out_reward",
        _slots,
    ),
    Patch(
        "methods",
        "data_collection_method is nullable, but null is not in its enum; and the two values were "
        "renamed to AI_TASK_BUILDER_BATCH and AI_TASK_BUILDER_COLLECTION in 2026",
        _methods,
    ),
    Patch(
        "composites",
        "filters may be nested by and|or, as the guide to filters says; the schema does not know",
        _composites,
    ),
    Patch(
        "progress",
        "the progress of a Taskflow study is of type array, yet has properties, and its own "
        "example is an object with progress",
        _progress,
    ),
    Patch("publish_at", "SCHEDULE_PUBLISH takes publish_at since 2026", _publish_at),
    Patch(
        "partly approved",
        "three of the four schemas of a submission lack PARTIALLY APPROVED, which the fourth has",
        _partly_approved,
    ),
    Patch(
        "group list",
        "the list of groups declares one parameter `filter` of type object, where the service "
        "takes workspace_id by itself, as Prolific's own client sends it",
        _group_list,
    ),
    Patch(
        "path parameters",
        "a path parameter lacks `required`, and two paths do not declare their variable, so that "
        "the document is no valid OpenAPI",
        _path_parameters,
    ),
    Patch(
        "paging",
        "page and page_size of studies and of a study's submissions, limit and offset of "
        "workspaces, projects, groups and filter sets are used by Prolific's own clients",
        _paging,
    ),
    Patch(
        "study query",
        "`study` of the list of submissions has become required in 2026",
        _study_query,
    ),
    Patch(
        "refusals",
        "every refusal is described as {error: {...}}; three other forms are sent, too, and no "
        "5XX is described",
        _refusals,
    ),
    Patch(
        "batches",
        "task_details and batch_items of a batch came with Task Builder in 2026",
        _batches,
    ),
    Patch(
        "schema of dataset",
        "the schema of a dataset came with Task Builder in 2026",
        _schema_of_dataset,
    ),
    Patch(
        "bounds",
        "min and max of a range filter are oneOf integer, number and string, and a whole number is "
        "two of the three",
        _bounds,
    ),
    Patch(
        "weightings",
        "weightings of a range are described as one, where the description's own example has "
        "several by key",
        _weightings,
    ),
    Patch(
        "group update",
        "the description's own example changes the description of a group, which the schema lacks",
        _group_update,
    ),
    Patch(
        "gone",
        "removed in 2026: exclusive collections, eligibility requirements, demographics of a "
        "submission; and a batch's instructions, which say that they end on 1 September 2026",
        _gone,
    ),
    Patch(
        "legacy code",
        "the description's own examples send completion_code beside completion_codes",
        _legacy_code,
    ),
)

UNLISTED = (
    Unlisted(
        "POST",
        "/api/v1/data-collection/datasets/{dataset_id}/datapoints",
        "records of a dataset with a schema are appended here since 2026",
    ),
)
