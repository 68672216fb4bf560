"""The two loops that people write to get an account out, as things to compare with.

Both use a boto3 client as it comes, one thread, and store JSON in SQLite with one commit for
each page of HITs.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Record = dict[str, Any]

STATUSES = ["Submitted", "Approved", "Rejected"]
PAGE = {"PageSize": 100}


class Paginator(Protocol):
    """A boto3 paginator."""

    def paginate(self, **parameters: object) -> Iterator[Record]:
        """Walk the pages."""


class Client(Protocol):
    """The part of boto3's MTurk client that the loops use."""

    def get_paginator(self, operation_name: str, /) -> Paginator:
        """Give the paginator of an operation."""

    def get_hit(self, **parameters: object) -> Record:
        """GetHIT."""

    def list_review_policy_results_for_hit(self, **parameters: object) -> Record:
        """ListReviewPolicyResultsForHIT."""


class Store:
    """One table of JSON rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.execute("CREATE TABLE record (kind TEXT, body TEXT)")

    def add(self, kind: str, records: list[Record]) -> None:
        """Add rows; they are safe after the next commit."""
        rows = [(kind, json.dumps(record, default=str)) for record in records]
        self.connection.executemany("INSERT INTO record VALUES (?, ?)", rows)

    def commit(self) -> None:
        """End the transaction."""
        self.connection.commit()


def make_client(endpoint_url: str) -> Client:
    """Make a client with nothing set but region and endpoint; the environment has the key."""
    client = boto3.client("mturk", region_name="us-east-1", endpoint_url=endpoint_url)
    return cast("Client", client)


def _walk(client: Client, operation: str, key: str, **parameters: object) -> list[Record]:
    pages = client.get_paginator(operation).paginate(PaginationConfig=PAGE, **parameters)
    return [record for page in pages for record in page[key]]


def _store_work(client: Client, store: Store, hit_id: str) -> None:
    work = _walk(
        client,
        "list_assignments_for_hit",
        "Assignments",
        HITId=hit_id,
        AssignmentStatuses=STATUSES,
    )
    store.add("assignment", work)
    store.add("bonus", _walk(client, "list_bonus_payments", "BonusPayments", HITId=hit_id))


def _store_workers(client: Client, store: Store) -> None:
    operation = "list_qualification_types"
    filters = {"MustBeRequestable": False, "MustBeOwnedByCaller": True}
    types = _walk(client, operation, "QualificationTypes", **filters)
    store.add("qualification_type", types)
    for qualification_type in types:
        type_id = qualification_type["QualificationTypeId"]
        operation = "list_workers_with_qualification_type"
        holders = _walk(client, operation, "Qualifications", QualificationTypeId=type_id)
        store.add("qualification", holders)
    store.add("block", _walk(client, "list_worker_blocks", "WorkerBlocks"))
    store.commit()


def paginator(client: Client, store: Store) -> None:
    """Take the account out with the paginators that boto3 has, and nothing else."""
    for page in client.get_paginator("list_hits").paginate(PaginationConfig=PAGE):
        store.add("hit", page["HITs"])
        for hit in page["HITs"]:
            _store_work(client, store, hit["HITId"])
        store.commit()
    _store_workers(client, store)


def get_hit(client: Client, store: Store) -> None:
    """Do the same, with a GetHIT and the review results of every HIT as well."""
    for page in client.get_paginator("list_hits").paginate(PaginationConfig=PAGE):
        for summary in page["HITs"]:
            hit_id = summary["HITId"]
            store.add("hit", [client.get_hit(HITId=hit_id)["HIT"]])
            store.add("review", [client.list_review_policy_results_for_hit(HITId=hit_id)])
            _store_work(client, store, hit_id)
        store.commit()
    _store_workers(client, store)


LOOPS: dict[str, Callable[[Client, Store], None]] = {"paginator": paginator, "get-hit": get_hit}


def main() -> None:
    """Read the command line and run one of the loops."""
    parser = argparse.ArgumentParser(description="The loops that people write with boto3.")
    parser.add_argument("loop", choices=sorted(LOOPS))
    parser.add_argument("--endpoint-url", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with closing(sqlite3.connect(args.out)) as connection:
        LOOPS[args.loop](make_client(args.endpoint_url), Store(connection))


if __name__ == "__main__":
    main()
