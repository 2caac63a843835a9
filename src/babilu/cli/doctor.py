"""`babilu doctor` tells what is wrong with a relay or an account and what to do; its exit code is the worst finding."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.locate import PortArgument
from babilu.cli.options import ConfigOption, HomeOption, JsonOption, PasswordFileOption
from babilu.cli.origin import Origin
from babilu.kernel.errors import UsageError

if TYPE_CHECKING:
    from babilu.cli.examination import Finding

MARKS = ("ok  ", "look", "BAD ")

OwnProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="PROFILE",
        help="Look at this profile of yours and its account: NAME, NAME@HOST:PORT or NAME@direct.",
        show_default=False,
    ),
]
AttackOption = Annotated[
    bool, typer.Option("--attack", help="Attack this program instead, on a relay and accounts made for it.")
]


def doctor(
    context: typer.Context,
    port: PortArgument = None,
    *,
    profile: OwnProfileOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
    attack: AttackOption = False,
) -> int:
    """Look for what is wrong with a relay on this machine, or with an account of yours.

    With --attack it plays what a relay's operator and others in between could try: swapped keys, replayed and
    redirected letters, old versions and lists. Relay and accounts are made for it and thrown away.

    The exit code is 0 where all is well, 1 where something should be looked at, and 2 where something must be mended.
    """
    import dataclasses

    from babilu.cli.tables import show_json

    if attack:
        from babilu.cli.attack_report import report_attacks

        return report_attacks(as_json=as_json)
    if profile is None:
        findings = _findings_of_relay(context, port, home, config)
    else:
        from babilu.cli.choice import choose
        from babilu.cli.self_examination import examine_profile

        findings = examine_profile(choose(context, profile, home, password_file, None))
    worst = max(finding.verdict for finding in findings)
    if as_json:
        told = [{**dataclasses.asdict(each), "verdict": each.verdict.name.lower()} for each in findings]
        show_json("doctor", worst=worst.name.lower(), findings=told)
    else:
        for finding in findings:
            print(f"{MARKS[finding.verdict]}  {finding.about}: {finding.seen}")
            if finding.remedy:
                print(f"      {finding.remedy}")
    return int(worst)


def _findings_of_relay(
    context: typer.Context, port: int | None, home: Path | None, config: Path | None
) -> "list[Finding]":
    import os

    from babilu.cli.config_keys import Value
    from babilu.cli.plan import Plan

    if not hasattr(os, "fork"):
        raise UsageError("The doctor for relays knows Unix systems alone.")
    from babilu.cli.examination import Finding, Verdict, examine

    given: dict[str, Value] = {} if port is None else {"relay.port": port}
    if home is not None:
        given["relay.home"] = str(home.absolute())
    plan = Plan(context.ensure_object(Origin), config, given)
    configuration = plan.read()
    remedy = "Mend it in the configuration."
    findings = [Finding("configuration", Verdict.FAULT, problem, remedy) for problem in configuration.problems]
    if not findings:
        findings = [Finding("configuration", Verdict.GOOD, "The configuration is in good order.")]
        findings += examine(plan.settings(configuration))
    return findings
