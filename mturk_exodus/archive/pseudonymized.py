"""Archives in which workers have pseudonyms; what names workers otherwise is kept out of them."""

from __future__ import annotations

from mturk_exodus.archive.archive import Archive
from mturk_exodus.errors import OtherAccount

PSEUDONYMIZED = "pseudonymized_at"
"""The name, in archive_info, of when an archive was made in this way."""


def refuse_if_so(archive: Archive) -> None:
    """See that records which name workers may go into an archive.

    Raises:
        OtherAccount: in this one they have pseudonyms.
    """
    if archive.info(PSEUDONYMIZED):
        raise OtherAccount(
            f"in {archive.path} workers have pseudonyms, and what comes now would name them; add to"
            " the archive that it was made from, and run `exodus pseudonymize` again"
        )
