"""A program like those that people have: stock boto3, stock paginators, whatever is there.

Its arguments are the endpoint's URL, and it writes how many records of each kind it read.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator


def main(endpoint_url: str) -> None:
    mturk = boto3.client("mturk", endpoint_url=endpoint_url, region_name="us-east-1")

    def everything(operation: str, member: str, **asked: object) -> Iterator[dict[str, Any]]:
        for page in mturk.get_paginator(operation).paginate(**asked):
            yield from page[member]

    read: Counter[str] = Counter()
    for hit in everything("list_hits", "HITs"):
        read["hits"] += 1
        assert mturk.get_hit(HITId=hit["HITId"])["HIT"] == hit
        found = everything("list_assignments_for_hit", "Assignments", HITId=hit["HITId"])
        read["assignments"] += len({each["AssignmentId"] for each in found})
        paid = everything("list_bonus_payments", "BonusPayments", HITId=hit["HITId"])
        read["bonus_payments"] += sum(1 for _ in paid)
    types = everything("list_qualification_types", "QualificationTypes", MustBeRequestable=False)
    for each in types:
        read["qualification_types"] += 1
        type_id = each["QualificationTypeId"]
        for status in ("Granted", "Revoked"):
            read["qualifications"] += sum(
                1
                for _ in everything(
                    "list_workers_with_qualification_type",
                    "Qualifications",
                    QualificationTypeId=type_id,
                    Status=status,
                )
            )
    read["qualification_requests"] = sum(
        1 for _ in everything("list_qualification_requests", "QualificationRequests")
    )
    read["worker_blocks"] = sum(1 for _ in everything("list_worker_blocks", "WorkerBlocks"))
    json.dump(read, sys.stdout)


main(*sys.argv[1:])
