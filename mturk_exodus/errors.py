"""Every error that a person may meet, and the exit code that a script may rely on.

    ExodusError
      x ArchiveError (10)
        + ArchiveNotFound (11)       no file there
        + NotAnArchive (12)          a file, but not one of ours
        + ArchiveTooNew (13)         written by a later version of this program
        + ArchiveOutdated (14)       needs `exodus upgrade`
        + ArchiveBusy (15)           another command is writing to it
        + ArchiveNotWritable (16)    disk full, read-only, no permission
        + ArchiveDamaged (17)        `exodus verify` found something, or SQLite did
        + OtherAccount (18)          holds another account, or another endpoint
        + NoSuchRecord (19)          holds no such batch, HIT type, HIT or assignment
      x AdapterError (20)
        + AdapterNotFound (21)       no adapter of that name is installed
        + AdapterBroken (22)         a plug-in cannot be loaded, or two have one name
        + SettingMissing (23)        the target is not told, or the key to it
        + NotOffered (24)            the target has no such thing: nobody is paid there, say
      x TargetError (30)
        + TargetUnavailable (31)     nothing answers, or it answers later; run again
        + TargetRefused (32)         it does not let us in
        + TargetNotUnderstood (33)   what answers is not the target, or not a version that we know
        + TargetRejected (34)        it refused some of what was sent; the rest is there
        + OutcomeUnknown (35)        it is not known whether something happened; run again
        + TargetDiffers (36)         the target does not hold what the archive holds
        + SumDiffers (37)            the target would pay another sum than it was told
      x RequesterError (40)
        + CredentialsNotFound (41)
        + CredentialsRefused (42)    the endpoint answered, and said no
        + EndpointUnreachable (43)   nothing answered
        + EndpointRefused (44)       something answered that is not (or no longer) MTurk
        + GapsRemain (45)            run again: what is missing may still come
        + GoneAtSource (46)          all that can be had is held; MTurk itself has dropped the rest
        + NotReadOnly (47)           a call that is not a List or a Get was stopped before it left
      x SourceError (50)
        + SourceFileNotFound (51)    no such file or folder
        + NothingToIngest (52)       files are there, but none that a source knows
        + FilesRefused (53)          some files, or rows of them, were not taken; the rest was
        + SourceBroken (54)          a plug-in cannot be loaded, or two have one name
        + NotAQuestion (55)          a text that is no question of MTurk, or cannot be read
        + StudiesUnreadable (56)     a file of studies that cannot be read, or says what it may not
        + BonusesUnreadable (57)     a file of bonuses that cannot be read, or says what it may not
        + FeesUnreadable (58)        a file of fees that cannot be read, or says what it may not
      x ServeError (60)              the port is taken, or not ours to take
        + DeskError (62)             the host's database cannot be reached, read or written
        + HostNotReady (63)          `exodus host --check` found what would go wrong
      x ExtraMissing (64)            a package is needed that only some commands need
      x SealError (65)
        + NotAManifest (66)          no manifest of `exodus seal`, or not as it was written
        + ArchiveChanged (67)        the archive is not what it was when it was sealed
      x PrivacyError (70)
        + KeyRefused (71)            the file holds no key, or others may read it
        + IdsRemain (72)             somebody could still be told, so nothing was written
      x OutputFailed (61)            stdout cannot be written
      x BridgeError (75)             the bridge's file or key is missing, or not what it must be
      x Interrupted (130)            Ctrl-C; everything fetched is kept

1 is left to bugs and 2 to wrong usage.
"""

from __future__ import annotations

from typing import ClassVar


class ExodusError(Exception):
    """One line that says what is wrong and what to do next."""

    exit_code: ClassVar[int] = 1


class ArchiveError(ExodusError):
    """Something about the archive file."""

    exit_code = 10


class ArchiveNotFound(ArchiveError):
    """There is no file at that path."""

    exit_code = 11


class NotAnArchive(ArchiveError):
    """The file exists, but is not an mturk-exodus archive."""

    exit_code = 12


class ArchiveTooNew(ArchiveError):
    """A later version of this program has written it."""

    exit_code = 13


class ArchiveOutdated(ArchiveError):
    """An earlier version of this program has written it."""

    exit_code = 14


class ArchiveBusy(ArchiveError):
    """Another command is writing to it."""

    exit_code = 15


class ArchiveNotWritable(ArchiveError):
    """The disk is full, or the file or its folder may not be written."""

    exit_code = 16


class ArchiveDamaged(ArchiveError):
    """The archive does not agree with itself."""

    exit_code = 17


class OtherAccount(ArchiveError):
    """The archive holds another account, or what another endpoint said."""

    exit_code = 18


class NoSuchRecord(ArchiveError):
    """The archive holds no such batch, HIT type, HIT or assignment, or nothing of any."""

    exit_code = 19


class AdapterError(ExodusError):
    """Something about an adapter, or what it is told."""

    exit_code = 20


class AdapterNotFound(AdapterError):
    """No adapter of that name is installed."""

    exit_code = 21


class AdapterBroken(AdapterError):
    """A plug-in cannot be loaded, or does not keep the contract, or two have one name."""

    exit_code = 22


class SettingMissing(AdapterError):
    """A setting that the target needs is missing, unknown, or not what it may be."""

    exit_code = 23


class NotOffered(AdapterError):
    """The target has no such thing as the command is about."""

    exit_code = 24


class TargetError(ExodusError):
    """Something about a target.

    Attributes:
        status_code: of the target's reply, if there was one.
        reply: the beginning of what it said. It may hold what was sent: nobody prints it whole.
    """

    exit_code = 30
    status_code: int | None = None
    reply: str = ""


class TargetUnavailable(TargetError):
    """It did not happen; later it may."""

    exit_code = 31


class TargetRefused(TargetError):
    """The target does not accept who we are."""

    exit_code = 32


class TargetNotUnderstood(TargetError):
    """What answers is something else than the target, or of a version that we do not know."""

    exit_code = 33


class TargetRejected(TargetError):
    """It did not happen, and sending it again would change nothing.

    Attributes:
        is_for_all: whether the same is true of everything that would be sent with it, or instead.
    """

    exit_code = 34
    is_for_all: bool = False


class OutcomeUnknown(TargetError):
    """It may have happened; it must be looked for before it is sent again."""

    exit_code = 35


class TargetDiffers(TargetError):
    """The target does not hold what the archive holds."""

    exit_code = 36


class SumDiffers(TargetError):
    """The target would pay another sum than it was told; nothing was paid."""

    exit_code = 37


class RequesterError(ExodusError):
    """Something about the MTurk requester API."""

    exit_code = 40


class CredentialsNotFound(RequesterError):
    """No AWS credentials, or none that MTurk could accept."""

    exit_code = 41


class CredentialsRefused(RequesterError):
    """The endpoint refused the credentials."""

    exit_code = 42


class EndpointUnreachable(RequesterError):
    """Nothing answers at the endpoint."""

    exit_code = 43


class EndpointRefused(RequesterError):
    """The endpoint answers, but not as MTurk does, or no longer."""

    exit_code = 44


class GapsRemain(RequesterError):
    """Something could not be fetched; the same command tries it again."""

    exit_code = 45


class GoneAtSource(RequesterError):
    """Nothing is left to fetch, but MTurk dropped something before it was fetched."""

    exit_code = 46


class NotReadOnly(RequesterError):
    """A call that could change the account was stopped before it was sent."""

    exit_code = 47


class SourceError(ExodusError):
    """Something about files that people kept."""

    exit_code = 50


class SourceFileNotFound(SourceError):
    """There is no such file or folder."""

    exit_code = 51


class NothingToIngest(SourceError):
    """No source knows any of the files."""

    exit_code = 52


class FilesRefused(SourceError):
    """Some files, or rows of them, were not taken."""

    exit_code = 53


class SourceBroken(SourceError):
    """A plug-in cannot be loaded, or two have one name."""

    exit_code = 54


class NotAQuestion(SourceError):
    """A text is no question of MTurk, or cannot be read as one."""

    exit_code = 55


class StudiesUnreadable(SourceError):
    """A file of studies that cannot be read, or says what it may not."""

    exit_code = 56


class BonusesUnreadable(SourceError):
    """A file of bonuses that cannot be read, or says what it may not."""

    exit_code = 57


class FeesUnreadable(SourceError):
    """A file of fees that cannot be read, or says what it may not."""

    exit_code = 58


class ServeError(ExodusError):
    """The endpoint or the host could not be opened."""

    exit_code = 60


class DeskError(ServeError):
    """Something about the host's database."""

    exit_code = 62


class HostNotReady(ServeError):
    """Something would go wrong if participants came."""

    exit_code = 63


class ExtraMissing(ExodusError):
    """A package is needed that is not installed, because only some commands need it."""

    exit_code = 64


class SealError(ExodusError):
    """Something about an archive's seal."""

    exit_code = 65


class NotAManifest(SealError):
    """A file is no manifest, or not as it was written."""

    exit_code = 66


class ArchiveChanged(SealError):
    """The archive is not what it was when it was sealed."""

    exit_code = 67


class PrivacyError(ExodusError):
    """Something about what keeps people from being known."""

    exit_code = 70


class KeyRefused(PrivacyError):
    """A file holds no key, or others may read it, or it cannot be had."""

    exit_code = 71


class IdsRemain(PrivacyError):
    """Somebody could still be told from others, or taken for another; nothing was written."""

    exit_code = 72


class OutputFailed(ExodusError):
    """The result could not be written to stdout."""

    exit_code = 61


class BridgeError(ExodusError):
    """The bridge's file or its key is missing, another one's, or cannot be read or written."""

    exit_code = 75


class Interrupted(ExodusError):
    """The person stopped it."""

    exit_code = 130
