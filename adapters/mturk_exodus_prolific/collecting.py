"""What became of the participants of a study."""

from __future__ import annotations

from collections.abc import Iterator

from mturk_exodus import errors
from mturk_exodus.replay import offers
from mturk_exodus_prolific.api import Api, is_gone
from mturk_exodus_prolific.shapes import Submission

_OVER = {
    *("AWAITING REVIEW", "APPROVED", "PARTIALLY APPROVED", "REJECTED"),
    *("RETURNED", "TIMED-OUT", "SCREENED OUT"),
}
"""Any other is under way (RESERVED, ACTIVE), passes (PROCESSING), or is not known."""


class Collecting:
    """Reads submissions."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def submissions(self, study_id: str) -> Iterator[offers.Submission]:
        """All of a study; none if it is gone."""
        try:
            for one in self._api.submissions(study_id):
                yield _submission(study_id, one)
        except errors.TargetRejected as error:
            if not is_gone(error):
                raise


def _submission(study_id: str, one: Submission) -> offers.Submission:
    return offers.Submission(
        session_id=one.id,
        worker_id=one.participant_id,
        state=one.status,
        is_open=one.status not in _OVER,
        record={"StudyId": study_id, "Submission": one.raw},
    )
