"""`babilu doctor` tells what is wrong with a relay or an account and what to do; its exit code is the worst finding."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.locate import PortArgument
from babilu.cli.options import ConfigOption, HomeOption, JsonOption, LanguageOption, PasswordFileOption
from babilu.cli.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babilu.cli.findings import Finding
    from babilu.terminal.strings import Strings

MARK_WIDTH = 4

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
    lang: LanguageOption = None,
    attack: AttackOption = False,
) -> int:
    """Look for what is wrong, and tell what to do.

    It looks at a relay on this machine, or with --profile at an account of yours.

    With --attack it plays what a relay's operator and others in between could try: swapped keys, replayed and
    redirected letters, old versions and lists. Relay and accounts are made for it and thrown away.

    The exit code is 0 where all is well, 1 where something should be looked at, and 2 where something must be mended.
    """
    import os

    from babilu.terminal.strings import Strings, language_of

    say = Strings(lang or language_of(os.environ))
    if attack:
        from babilu.cli.attack_report import report_attacks

        return report_attacks(say, as_json=as_json)
    if profile is None:
        findings = _findings_of_relay(context, port, home, config)
    else:
        from babilu.cli.choice import choose
        from babilu.cli.self_examination import examine_profile

        findings = examine_profile(choose(context, profile, home, password_file, lang))
    tell(findings, say, as_json=as_json)
    return max(finding.verdict for finding in findings)


def tell(findings: "Sequence[Finding]", say: "Strings", *, as_json: bool) -> None:
    """Print findings."""
    from babilu.cli.tables import show_json

    if as_json:
        told = [
            {
                "about": each.about,
                "finding": each.what,
                "verdict": each.verdict.name.lower(),
                "seen": each.seen(say),
                "remedy": each.remedy(say),
            }
            for each in findings
        ]
        worst = max(finding.verdict for finding in findings)
        show_json("doctor", worst=worst.name.lower(), findings=told)
        return
    for each in findings:
        mark = say(f"doctor.mark.{each.verdict.name.lower()}")
        print(f"{mark:{MARK_WIDTH}}  {each.about}: {each.seen(say)}")
        if remedy := each.remedy(say):
            print(f"{'':{MARK_WIDTH}}  {remedy}")


def _findings_of_relay(
    context: typer.Context, port: int | None, home: Path | None, config: Path | None
) -> "list[Finding]":
    import os

    from babilu.cli.config_keys import Value
    from babilu.cli.findings import fault, good
    from babilu.cli.plan import Plan
    from babilu.terminal.strings import MisuseError

    if not hasattr(os, "fork"):
        raise MisuseError("doctor_unix_only")
    from babilu.cli.examination import examine

    given: dict[str, Value] = {} if port is None else {"relay.port": port}
    if home is not None:
        given["relay.home"] = str(home.absolute())
    plan = Plan(context.ensure_object(Origin), config, given)
    configuration = plan.read()
    if configuration.problems:
        return [fault("configuration.problem", problem=problem) for problem in configuration.problems]
    return [good("configuration.good"), *examine(plan.settings(configuration))]
