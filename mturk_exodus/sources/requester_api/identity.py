"""Whose account an archive holds, and from which endpoint."""

from __future__ import annotations

from mturk_exodus.archive.archive import Archive
from mturk_exodus.errors import OtherAccount
from mturk_exodus.sources.requester_api.endpoints import PRODUCTION, SANDBOX

_NAMES = {PRODUCTION: "production", SANDBOX: "the sandbox"}


def claim(archive: Archive, *, account: str, endpoint: str, same_account: bool) -> None:
    """Write down whose archive this is, or hold it against what is written.

    Raises:
        OtherAccount: it is another's. Production and sandbox are never mixed; another key, or
            another address of one's own server, is taken with `same_account`.
    """
    held = archive.info("endpoint")
    held_account = archive.info("account")
    if not held or not held_account:
        archive.set_info("endpoint", endpoint)
        archive.set_info("account", account)
        return
    if held != endpoint and ({held, endpoint} & set(_NAMES) or not same_account):
        raise OtherAccount(
            f"{archive.path} holds what {_NAMES.get(held, held)} said, and this is"
            f" {_NAMES.get(endpoint, endpoint)}; name another --archive for it"
            + ("" if {held, endpoint} & set(_NAMES) else ", or say --same-account if it is one")
        )
    numbers = held_account.startswith("aws:") and account.startswith("aws:")
    if held_account != account and (numbers or not same_account):
        raise OtherAccount(
            f"{archive.path} holds another account's records than these credentials are for;"
            " name another --archive"
            + ("" if numbers else ", or say --same-account if only the key has changed")
        )
    if held_account != account and account.startswith("aws:"):
        archive.set_info("account", account)
