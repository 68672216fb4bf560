"""The texts of records as they are served."""

from __future__ import annotations

import json
import re

from tests.fakes.mturk import (
    FakeMTurk,
    approve,
)
from tests.fakes.mturk_wire import time_text
from tests.fakes_test.support import READS, TYPE_ID, make_account, post


def test_a_time_keeps_its_value_in_every_notation() -> None:
    assert [time_text(1_531_774_562, n) for n in range(3)] == [
        "1531774562",
        "1531774562.000",
        "1.531774562E9",
    ]
    assert [time_text(1_531_774_562.123, n) for n in range(3)] == [
        "1531774562.123",
        "1531774562.123",
        "1.531774562123E9",
    ]


def test_raw_texts_are_the_bytes_of_the_replies() -> None:
    with FakeMTurk(make_account()) as fake:
        raw = fake.raw_records()
        assert sorted(map(len, raw.values())) == [1, 1, 1, 1, 1, 4, 7, 21]
        pages = b"".join(
            post(
                fake, operation, params | ({"MaxResults": 100} if "List" in operation else {})
            ).content
            for operation, params in READS
            if operation != "GetFileUploadURL"
        )
        for hit_id, text in raw["hits"].items():
            assert f"{text}".encode() in pages, hit_id
        assert ",".join(raw["bonus_payments"]["H6"]).encode() in pages
        granted = [raw["qualifications"][TYPE_ID, worker] for worker in ("W0", "W1", "W3")]
        assert ",".join(granted).encode() in pages
        assert raw == fake.raw_records()
        assert json.loads(fake.raw("hits", "H3")) == fake.account.hits["H3"]


def test_the_notations_of_times_and_letters_vary() -> None:
    with FakeMTurk(make_account()) as fake:
        every = "".join(fake.raw_records()["assignments"].values())
        every += "".join(fake.raw_records()["hits"].values())
    assert all(re.search(form, every) for form in (r":\d{10}[,}]", r":\d{10}\.\d+", r":1\.\d+E9"))
    assert "Gr\\u00f6" in every
    assert "Größe" in every


def test_a_changed_record_has_a_new_text() -> None:
    with FakeMTurk(make_account()) as fake:
        before = fake.raw_records()
        approve(fake.account, "A6-1")
        after = fake.raw_records()
    changed = {
        (table, key)
        for table, texts in after.items()
        for key, text in texts.items()
        if before[table][key] != text
    }
    assert changed == {("assignments", "A6-1"), ("hits", "H6")}
