from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.workers import workers
from mturk_exodus.bridge import RULES, Bridge, Redeemed, beside, existing_key, key_for, token_of
from mturk_exodus.cli import bridge_enrolling, bridge_files
from mturk_exodus.cli.asking import refuse_unattended
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.host_options import origin_given, public_url_option
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.targets_options import Aim, target_options
from mturk_exodus.completion import code_of
from mturk_exodus.errors import NoSuchRecord
from mturk_exodus.publishing import refuse_existing
from mturk_exodus.serve.host.bridging import study_link
from mturk_exodus.serve.host.panels import PANELS


@click.command("bridge")
@archive_option
@public_url_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Make a token for every worker; write their list and the invitation into this folder.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Only write who is who, as far as tokens were redeemed, to this new file.",
)
@click.option(
    "--enrol", is_flag=True, help="Let those who are known into their groups at --target."
)
@click.option("--forget", metavar="PARTICIPANT_ID", help="Only forget who this participant was.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The key that tokens are made with: a file beside the archive, if nothing is said. The"
    " host does not need it.",
)
@partial(target_options, required=False)
@click.option("--yes", is_flag=True, help="With --enrol: do not ask.")
@json_option
def command(**asked: Any) -> None:  # noqa: ANN401 - the options, as Asked has them
    """Let MTurk's workers say who they are on another platform, without naming their worker ids.

    Each worker has a token that nobody can guess. Who enters it on a page of `exodus host`, opened
    from a study on Prolific, is known from then on, and can enter the groups there that
    qualifications and blocks call for. It writes the invitation and the list, and sends nothing:
    what the rules of both platforms forbid is said beside. Without options it says how far it is.

    \b
    Exit status: 0; 10-19 the archive cannot be read, or has no workers; 21-23 no such target, or
    a setting is missing; 24 the target has no groups; 31-35 it does not answer as it should (run
    it again); 61 a file is there already, or cannot be written; 75 the bridge's file or key.
    """
    Asked(**asked).run()


@dataclass(frozen=True)
class Asked:
    """The options of the command."""

    archive: Path
    public_url: str | None
    out: Path | None
    mapping: Path | None
    enrol: bool
    forget: str | None
    key: Path | None
    aim: Aim | None
    yes: bool
    as_json: bool

    def run(self) -> None:
        """Do the one thing that was asked for."""
        self._check()
        if self.out is not None:
            self._write(self.out)
        elif self.mapping is not None:
            self._map(self.mapping)
        elif self.forget is not None:
            self._forget(self.forget)
        elif self.aim is not None:
            self._enrol(self.aim)
        else:
            with result():
                self._say(Bridge.open(self._path).counts()._asdict())

    def _check(self) -> None:
        asked = [self.out is not None, self.mapping is not None, self.forget is not None]
        if sum([*asked, self.enrol]) > 1:
            raise click.UsageError("give one of --out, --mapping, --enrol and --forget")
        if self.enrol is (self.aim is None):
            raise click.UsageError(
                "--enrol and --target belong together: --enrol --target prolific"
            )

    @property
    def _key_path(self) -> Path:
        return self.key or self.archive.with_name(f"{self.archive.name}.bridge-key")

    @property
    def _path(self) -> Path:
        return beside(self.archive)

    def _write(self, folder: Path) -> None:
        if not (origin := origin_given(self.public_url)):
            raise click.UsageError("--public-url says where participants reach `exodus host`")
        for name in (bridge_files.LIST, bridge_files.INVITATION):
            refuse_existing(folder / name)
        with Archive.open(self.archive, read_only=True) as archive:
            if next(workers(archive), None) is None:
                raise NoSuchRecord(f"{self.archive} knows no worker of MTurk")
            bridge, key = self._made()
            new = bridge.invite(token_of(key, one.worker_id) for one in workers(archive))
            path = folder / bridge_files.LIST
            bridge_files.write_list(path, workers(archive), bridge, key, origin)
            code = code_of(archive.archive_id)
        bridge_files.write_invitation(folder / bridge_files.INVITATION)
        link = study_link(origin, bridge.key, PANELS["prolific"])
        with result():
            self._say(
                {
                    **bridge.counts()._asdict(),
                    "new": new,
                    "study_link": link,
                    "completion_code": code,
                }
            )
        for line in RULES:
            click.echo(line, err=True)

    def _map(self, path: Path) -> None:
        refuse_existing(path)
        known = self._known()
        bridge_files.write_mapping(path, known.items())
        with result():
            self._say({"redeemed": len(known)})

    def _forget(self, participant_id: str) -> None:
        if not Bridge.open(self._path).forget(participant_id):
            raise NoSuchRecord("no token was redeemed by that participant")
        click.echo(
            "Forgotten. The token can be redeemed again; groups at the target, and answers in the"
            " archive, stay as they are.",
            err=True,
        )

    def _enrol(self, aim: Aim) -> None:
        refuse_unattended(yes=self.yes, as_json=self.as_json)
        known = {worker: one.participant_id for worker, one in self._known().items()}
        with Archive.open(self.archive, read_only=True) as archive:
            bridge_enrolling.enrol(archive, aim, known, yes=self.yes, as_json=self.as_json)

    def _made(self) -> tuple[Bridge, bytes]:
        """The bridge and its key, made now if neither is there."""
        if not self._path.exists():
            key = key_for(self._key_path)
            return Bridge.create(self._path, key), key
        return self._opened()

    def _opened(self) -> tuple[Bridge, bytes]:
        bridge, key = Bridge.open(self._path), existing_key(self._key_path)
        bridge.check(key)
        return bridge, key

    def _known(self) -> dict[str, Redeemed]:
        """Who is known, by worker."""
        bridge, key = self._opened()
        redeemed = bridge.redeemed()
        with Archive.open(self.archive, read_only=True) as archive:
            digests = (
                (one.worker_id, bridge.digest(token_of(key, one.worker_id)))
                for one in workers(archive)
            )
            known = {worker: redeemed[digest] for worker, digest in digests if digest in redeemed}
        if strangers := len(redeemed) - len(known):
            click.echo(
                f"{strangers:,} redeemed tokens are of workers whom {self.archive} does not know",
                err=True,
            )
        return known

    def _say(self, said: dict[str, object]) -> None:
        if self.as_json:
            print_json(said)
            return
        for name, value in said.items():
            shown = f"{value:>12,}" if isinstance(value, int) else value
            click.echo(_LINES[name].format(shown))


_LINES = {
    "tokens": "{}  tokens there are, one for each worker",
    "new": "{}  of these are new",
    "redeemed": "{}  of these were redeemed",
    "study_link": "The link of the study on Prolific in which they are redeemed:\n{}",
    "completion_code": "Its completion code: {}",
}
