"""What an archive knows that it does not hold."""

from __future__ import annotations

from dataclasses import dataclass

from mturk_exodus.archive.archive import Archive

_DISAGREEING = """
    from hit_counts join hits using (hit_id)
    where source = 'requester_api'
    and (assignments_expected <> assignments_held or reviewed_expected <> reviewed_held)
    and (assignments_expected > assignments_held or reviewed_expected > reviewed_held
        -- Files may know of more, or of later, than the counters do.
        or not exists (select 1 from assignments where assignments.hit_id = hits.hit_id
            and (assignments.source <> 'requester_api' or assignments.own_values is not null)))
    and not exists (
        select 1 from quarantine
        where operation = 'ListAssignmentsForHIT' and subject = hit_id and resolved_run_id is null
        group by subject having count(*) >= assignments_expected - assignments_held
    )
"""


@dataclass(frozen=True)
class Gaps:
    """How much is missing, and why.

    Attributes:
        to_do: units not asked yet.
        failed: units that gave no answer.
        gone: units that MTurk dropped before they were asked.
        disagreeing: HITs whose counters are not what is held, for no reason that is known.
        quarantined: records that no column can hold; they are kept as they came.
    """

    to_do: int
    failed: int
    gone: int
    disagreeing: int
    quarantined: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.to_do + self.failed + self.gone + self.disagreeing + self.quarantined

    @property
    def only_gone(self) -> bool:
        """Whether asking again can bring nothing more."""
        return self.total == self.gone > 0

    @property
    def description(self) -> str:
        """One line."""
        words = {
            "not asked yet": self.to_do,
            "failed": self.failed,
            "gone at MTurk before they were asked": self.gone,
            "HITs whose counters disagree with what is held": self.disagreeing,
            "records in quarantine": self.quarantined,
        }
        return ", ".join(f"{number} {what}" for what, number in words.items() if number)


def count(archive: Archive) -> Gaps:
    """Count the gaps of an archive."""
    connection = archive.connection
    states = dict(connection.execute("select state, count(*) from work group by state").fetchall())
    (quarantined,) = connection.execute(
        "select count(*) from quarantine where resolved_run_id is null"
    ).fetchone()
    return Gaps(
        to_do=states.get("to do", 0),
        failed=states.get("failed", 0),
        gone=states.get("gone", 0),
        disagreeing=len(disagreeing_hits(archive, 0)),
        quarantined=quarantined,
    )


def disagreeing_hits(archive: Archive, since_run_id: int) -> list[str]:
    """HITs, seen since a run, whose counters are not what is held, though they were asked."""
    rows = archive.connection.execute(
        f"select hit_id {_DISAGREEING} and last_run_id >= ? and not exists (select 1 from work"
        " where operation = 'ListAssignmentsForHIT' and subject = hit_id and state <> 'done')"
        " order by hit_id",
        [since_run_id],
    )
    return [hit_id for (hit_id,) in rows]
