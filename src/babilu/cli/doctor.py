"""`babilu doctor` tells what is wrong with a relay and what to do; its exit code is the worst finding."""

import typer

from babilu.cli.locate import PortArgument
from babilu.cli.options import ConfigOption, HomeOption, JsonOption
from babilu.cli.origin import Origin
from babilu.kernel.errors import UsageError

MARKS = ("ok  ", "look", "BAD ")


def doctor(
    context: typer.Context,
    port: PortArgument = None,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Look for what is wrong with a relay on this machine.

    The exit code is 0 where all is well, 1 where something should be looked at, and 2 where something must be mended.
    """
    import dataclasses
    import os

    from babilu.cli.config_keys import Value
    from babilu.cli.plan import Plan
    from babilu.cli.tables import show_json

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
