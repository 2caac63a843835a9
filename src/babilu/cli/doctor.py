"""`babilu doctor` tells what is wrong with a relay or an account and what to do; its exit code is the worst finding."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import (
    config_option,
    home_option,
    json_option,
    language_option,
    password_file_option,
    relay_port_argument,
)
from babilu.cli.parameters import flag, option, strings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babilu.cli.check_results import CheckResult
    from babilu.presentation.strings import Strings

MARK_WIDTH = 7


@command("doctor")
@relay_port_argument
@option("--profile", about="doctor.profile", metavar="PROFILE")
@home_option
@config_option
@password_file_option
@json_option
@language_option
@flag("--cluster")
@flag("--attack")
@click.pass_context
def doctor(
    context: click.Context,
    port: int | None,
    *,
    profile: str | None,
    home: Path | None,
    config: Path | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
    cluster: bool,
    attack: bool,
) -> int:
    """Look for what is wrong with a relay or an account, and tell what to do."""
    say = strings_of(lang)
    if attack:
        from babilu.cli.attack_report import report_attacks

        return report_attacks(say, as_json=as_json)
    if profile is None:
        findings = _findings_of_relay(context, port, home, config, cluster=cluster)
    else:
        from babilu.cli.profile_choice import choose
        from babilu.cli.self_checks import examine_profile

        findings = examine_profile(choose(context, profile, home, password_file, lang))
    tell(findings, say, as_json=as_json)
    return max(finding.verdict for finding in findings)


def tell(findings: "Sequence[CheckResult]", say: "Strings", *, as_json: bool) -> None:
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
        print(f"{mark:{MARK_WIDTH}}  {each.subject(say)}: {each.seen(say)}")
        if remedy := each.remedy(say):
            print(f"{'':{MARK_WIDTH}}  {remedy}")


def _findings_of_relay(
    context: click.Context, port: int | None, home: Path | None, config: Path | None, *, cluster: bool
) -> "list[CheckResult]":
    import os

    from babilu.cli.check_results import fault, good
    from babilu.cli.config_keys import Value
    from babilu.cli.config_source import ConfigSource
    from babilu.presentation.strings import MisuseError

    if not hasattr(os, "fork"):
        raise MisuseError("doctor_unix_only")
    from babilu.cli.checks import examine

    given: dict[str, Value] = {} if port is None else {"relay.port": port}
    if home is not None:
        given["relay.home"] = str(home.absolute())
    config_source = ConfigSource(context.ensure_object(LaunchOrigin), config, given)
    configuration = config_source.read()
    if configuration.problems:
        return [fault("configuration.problem", problem=problem) for problem in configuration.problems]
    settings = config_source.settings(configuration)
    if cluster:
        from babilu.cli.cluster_checks import examine_cluster

        return [good("configuration.good"), *examine_cluster(settings)]
    return [good("configuration.good"), *examine(settings)]
