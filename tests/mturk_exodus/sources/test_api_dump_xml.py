"""Replies of the API before 2017: XML, hostile until shown otherwise."""

from __future__ import annotations

from io import BytesIO

import pytest

from mturk_exodus.records import HIT, Qualification, from_wire
from mturk_exodus.sources.api_dump import APIDump, legacy_xml
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Entry, FileRefused
from tests.mturk_exodus.sources.test_api_dump import SOURCE, file_of, found, read, reasons

HIT_XML = """<HIT>
  <Request><IsValid>True</IsValid></Request>
  <HITId>2HIT</HITId><Title> Sort &amp; name </Title><Keywords></Keywords>
  <Reward><Amount>5.00</Amount><CurrencyCode>USD</CurrencyCode></Reward>
  <QualificationRequirement><QualificationTypeId>1Q</QualificationTypeId>
    <Comparator>EqualTo</Comparator><IntegerValue>1</IntegerValue></QualificationRequirement>
  <QualificationRequirement><QualificationTypeId>2Q</QualificationTypeId>
    <Comparator>Exists</Comparator></QualificationRequirement>
  <QualificationRequirement><QualificationTypeId>3Q</QualificationTypeId>
    <Comparator>Exists</Comparator></QualificationRequirement>
  <MaxAssignments>3</MaxAssignments>
</HIT>"""


def _reply(content: str, name: str = "SearchHITs") -> str:
    return (
        f'<?xml version="1.0"?><{name}Response xmlns="http://mechanicalturk.amazonaws.com/doc/x">'
        f"<OperationRequest><RequestId>r</RequestId></OperationRequest>"
        f"<{name}Result><Request><IsValid>True</IsValid></Request>{content}</{name}Result>"
        f"</{name}Response>"
    )


def test_a_hit_of_the_old_api_reads_as_one_of_today() -> None:
    ((table, raw),) = found(_reply(HIT_XML))

    hit = from_wire(HIT, dict(SOURCE.derive(table, raw).wire))
    assert raw["Title"] == "Sort & name"
    assert "Keywords" not in raw
    assert "Request" not in raw
    assert (hit.hit_id, hit.reward, hit.max_assignments) == ("2HIT", "5.00", 3)
    assert [one["QualificationTypeId"] for one in raw["QualificationRequirement"]] == [
        "1Q",
        "2Q",
        "3Q",
    ]
    assert '"IntegerValues":[1]' in str(hit.qualification_requirements)


def test_no_member_of_the_old_api_is_a_doubt() -> None:
    (entry,) = read(_reply(HIT_XML))

    assert isinstance(entry, Entry)
    assert entry.doubts == ()


def test_a_subject_is_a_worker() -> None:
    text = _reply(
        "<Qualification><QualificationTypeId>1Q</QualificationTypeId><SubjectId>A1</SubjectId>"
        "<IntegerValue>7</IntegerValue></Qualification>",
        "GetQualificationScore",
    )

    ((table, raw),) = found(text)

    grant = from_wire(Qualification, dict(SOURCE.derive(table, raw).wire))
    assert (grant.worker_id, grant.integer_value) == ("A1", 7)


def test_bonuses_alike_in_one_reply_are_several() -> None:
    bonus = (
        "<BonusPayment><AssignmentId>2B</AssignmentId><WorkerId>A1</WorkerId><BonusAmount>"
        "<Amount>1.00</Amount></BonusAmount><GrantTime>2010-09-17T20:16:40Z</GrantTime>"
        "</BonusPayment>"
    )

    entries = read(_reply(bonus * 2, "GetBonusPayments"))

    assert [entry.found[0].context for entry in entries if isinstance(entry, Entry)] == [
        {"copy": 0},
        {"copy": 1},
    ]


def test_an_assignment_and_its_hit_are_two_entries() -> None:
    text = _reply(
        "<Assignment><AssignmentId>2B</AssignmentId><HITId>2HIT</HITId><WorkerId>A1</WorkerId>"
        f"</Assignment>{HIT_XML}",
        "GetAssignment",
    )

    assert [table for table, _ in found(text)] == ["assignments", "hits"]


def test_a_record_without_its_id_is_refused() -> None:
    assert reasons(_reply("<HIT><Title>T</Title></HIT>" + HIT_XML)) == ["a HIT without HITId"]


def test_a_reply_in_another_encoding_is_read_as_it_says() -> None:
    text = _reply(HIT_XML.replace("Sort", "Größe")).replace("?>", " encoding='ISO-8859-1'?>", 1)
    file = SourceFile("a.xml", lambda: BytesIO(text.encode("iso-8859-1")))

    (entry,) = APIDump().read(file)

    assert isinstance(entry, Entry)
    assert entry.found[0].raw["Title"] == "Größe & name"


NO_REPLIES = {
    "cut off": (_reply(HIT_XML)[:-30], "not whole XML"),
    "a bomb of records": (_reply("<HIT>" * 100_000), "nested deeper"),
    "a deep record": (
        _reply(f"<HIT><HITId>2A</HITId>{'<a>' * 5000}{'</a>' * 5000}</HIT>"),
        "nested deeper",
    ),
    "a wrong end": ("<SearchHITsResult></Other>", "not whole XML"),
    "no encoding": ("<?xml version='1.0' encoding='nothing'?><HIT/>", "not whole XML"),
    "an entity": ('<!DOCTYPE a [<!ENTITY b "b">]><HIT>&b;</HIT>', "declarations"),
    "a file of the machine": ("<!DOCTYPE a SYSTEM 'file:///dev/zero'><HIT/>", "declarations"),
    "an answer": ("<QuestionFormAnswers><Answer/></QuestionFormAnswers>", "assignment's id"),
    "an empty reply": (_reply(""), "holds no MTurk record"),
    "a balance": (
        _reply("<AvailableBalance><Amount>1</Amount></AvailableBalance>"),
        "without a date",
    ),
}


@pytest.mark.parametrize("what", NO_REPLIES)
def test_what_is_no_reply_is_refused(what: str) -> None:
    text, reason = NO_REPLIES[what]

    with pytest.raises(FileRefused, match=reason):
        read(text)


def test_a_record_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy_xml, "LONGEST", 200_000)
    short = _reply(HIT_XML * 1000)

    assert len(found(short)) == 1000
    with pytest.raises(FileRefused, match="64 MiB"):
        list(SOURCE.read(file_of(_reply(f"<HIT><Title>{'x' * 500_000}</Title></HIT>"))))
