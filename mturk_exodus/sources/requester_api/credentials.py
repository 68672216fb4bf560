"""Which AWS credentials are there, of what kind, and whose they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import botocore.exceptions
import botocore.session

from mturk_exodus.errors import CredentialsNotFound

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_KEY_LENGTH = 20
# Ids of this form carry the account's number; those made before 2019 do not.
_CARRIES_ACCOUNT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ACCOUNT_MASK = 0x7FFFFFFFFF80


@dataclass(frozen=True)
class Found:
    """The credentials that boto3 would use.

    Attributes:
        credentials: botocore's own object; never printed.
        method: how botocore found them (`env`, `shared-credentials-file`, ...).
        temporary: whether they carry a session token. MTurk does not take such.
        account: tells one account from another without naming the key: `aws:` and the account's
            number where the key id carries it, else `key:` and a digest of the key id.
    """

    credentials: Credentials
    method: str
    temporary: bool
    account: str

    @property
    def description(self) -> str:
        """For people: how it was found, its kind, and the last four of its key id."""
        kind = "temporary (session token)" if self.temporary else "long-lived access key"
        key_id = self.credentials.access_key or ""
        ending = f" ending in {key_id[-4:]}" if len(key_id) == _KEY_LENGTH else ""
        return f"{kind}{ending}, from {self.method}"


def new_session(profile: str | None) -> botocore.session.Session:
    """A botocore session that looks for credentials on this machine alone.

    Role credentials from an instance or a container do not work with MTurk (AWS, Mechanical Turk
    getting started guide: "does not currently support the use of IAM role credentials"), so the
    network is not searched for them.

    Raises:
        CredentialsNotFound: there is no such profile.
    """
    session = botocore.session.Session(profile=profile)
    try:
        resolver = session.get_component("credential_provider")
    except botocore.exceptions.ProfileNotFound:
        name = profile or session.get_config_variable("profile")
        raise CredentialsNotFound(
            f"there is no AWS profile {name!r}; `aws configure list-profiles` lists them"
        ) from None
    except botocore.exceptions.BotoCoreError as error:
        raise CredentialsNotFound(
            f"the AWS configuration cannot be read ({type(error).__name__}); mend the files in"
            " ~/.aws, or the one that AWS_CONFIG_FILE names"
        ) from None
    for provider in ("iam-role", "container-role"):
        resolver.remove(provider)
    return session


def invented_session() -> botocore.session.Session:
    """A session for an endpoint that takes any key, such as `exodus serve`: it reads nothing of
    this machine's configuration. The key is the one in AWS's own documentation.
    """
    session = botocore.session.Session()
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    session.set_config_variable("profile", None)
    session.set_credentials(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    return session


def find(session: botocore.session.Session) -> Found:
    """The credentials that a session finds.

    Raises:
        CredentialsNotFound: there are none, or what is configured cannot be used.
    """
    try:
        credentials = session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except (botocore.exceptions.BotoCoreError, OSError, ValueError, KeyError) as error:
        raise CredentialsNotFound(
            f"AWS credentials are configured but unusable ({type(error).__name__}); MTurk wants"
            " the access key of an IAM user: `exodus doctor` says more"
        ) from None
    if credentials is None or frozen is None or not frozen.access_key or not frozen.secret_key:
        raise CredentialsNotFound(
            "no AWS credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a"
            " --profile. `exodus doctor` says more"
        )
    return Found(credentials, credentials.method, bool(frozen.token), account_of(frozen.access_key))


def account_of(access_key_id: str) -> str:
    """A name for the account that a key belongs to.

    The characters behind the four-letter prefix are base 32; the upper bits of their first six
    bytes are the account's number (what `aws sts get-access-key-info` answers, without asking).
    """
    body = access_key_id[4:]
    carries = len(access_key_id) == _KEY_LENGTH and set(body) <= set(_CARRIES_ACCOUNT)
    if carries and body[0] >= "Q":
        try:
            number = int.from_bytes(base64.b32decode(body)[:6], "big")
        except binascii.Error:
            pass
        else:
            return f"aws:{(number & _ACCOUNT_MASK) >> 7:012d}"
    digest = hashlib.sha256(b"mturk-exodus account\x00" + access_key_id.encode()).hexdigest()
    return f"key:{digest[:16]}"
