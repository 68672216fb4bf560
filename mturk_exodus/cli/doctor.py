from __future__ import annotations

import dataclasses
import json

import click

from mturk_exodus.cli.options import endpoint_options, json_option, print_json
from mturk_exodus.sources.requester_api import endpoints
from mturk_exodus.sources.requester_api.doctor import POLICY, Diagnosis, examine


@click.command("doctor")
@endpoint_options
@json_option
def command(profile: str | None, sandbox: bool, endpoint_url: str | None, as_json: bool) -> None:
    """Say whether this machine can export now: credentials, endpoint, one cheap call.

    Nothing is changed at MTurk. The policy printed is the smallest that `exodus export` needs.

    \b
    Exit status: 0 the API answers; 41 no credentials; 42 credentials refused;
    43 nothing answers; 44 MTurk refuses the account; 40 it is busy.
    """
    diagnosis = examine(profile, endpoints.choose(endpoint_url, sandbox=sandbox))
    found = dataclasses.asdict(diagnosis) | {"policy": POLICY}
    failure = found.pop("failure")
    if as_json:
        print_json(found | {"can_export": failure is None})
    else:
        _show(diagnosis)
    if diagnosis.failure:
        raise diagnosis.failure(diagnosis.meaning)


def _show(diagnosis: Diagnosis) -> None:
    lines = {
        "credentials": diagnosis.credentials,
        "account": diagnosis.account,
        "endpoint": diagnosis.endpoint,
        "name service": diagnosis.resolves,
        "GetAccountBalance": diagnosis.answer,
        "what it means": diagnosis.meaning,
    }
    for name, line in lines.items():
        click.echo(f"{name + ':':<19}{line}")
    click.echo(f"\nsmallest IAM policy for an export:\n{json.dumps(POLICY, indent=2)}")
