"""Whose account an archive holds, and from which endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from mturk_exodus.archive.archive import Archive
from mturk_exodus.errors import OtherAccount
from mturk_exodus.sources.requester_api.endpoints import PRODUCTION, SANDBOX

_NAMES = {PRODUCTION: "production", SANDBOX: "the sandbox"}


@dataclass(frozen=True)
class Identity:
    """Whom a run talks to.

    Attributes:
        account: see `credentials.Found`.
        endpoint: its URL.
        same_account: another key, or another address of one's own server, belongs to the account
            that the archive holds. Production and sandbox are never taken for one.
    """

    account: str
    endpoint: str
    same_account: bool

    def check(self, archive: Archive) -> None:
        """Hold it against what the archive says of itself.

        Raises:
            OtherAccount: the archive is another's.
        """
        self._check_endpoint(archive)
        self._check_account(archive)

    def claim(self, archive: Archive) -> None:
        """The account has answered: write down whose archive this is."""
        if not archive.info("endpoint"):
            archive.set_info("endpoint", self.endpoint)
        if not archive.info("account") or self.account.startswith("aws:"):
            archive.set_info("account", self.account)

    def _check_endpoint(self, archive: Archive) -> None:
        held = archive.info("endpoint", self.endpoint)
        amazons = {held, self.endpoint} & set(_NAMES)
        if held != self.endpoint and (amazons or not self.same_account):
            raise OtherAccount(
                f"{archive.path} holds what {_NAMES.get(held, held)} said, and this is"
                f" {_NAMES.get(self.endpoint, self.endpoint)}; name another --archive for it"
                + ("" if amazons else ", or say --same-account if it is one")
            )

    def _check_account(self, archive: Archive) -> None:
        held = archive.info("account", self.account)
        numbers = held.startswith("aws:") and self.account.startswith("aws:")
        if held != self.account and (numbers or not self.same_account):
            raise OtherAccount(
                f"{archive.path} holds another account's records than these credentials are for;"
                " name another --archive"
                + ("" if numbers else ", or say --same-account if only the key has changed")
            )
