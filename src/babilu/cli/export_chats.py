"""`babilu export` writes conversations into plain files: pages, JSON or text, with their files beside them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.parameters import OneOf, argument, flag, option
from babilu.cli.profile_choice import ProfileChoice, of_profile
from babilu.export.model import ExportFormat

if TYPE_CHECKING:
    from babilu.cli.one_shot import OneShot
    from babilu.export.model import ExportReport
    from babilu.presentation.strings import Strings


@command("export")
@argument("target", about="export_target", metavar="TARGET", type=click.Path(path_type=Path))
@option("--format", "how", about="format", type=OneOf(ExportFormat, ExportFormat), default=ExportFormat.HTML.value)
@option("--conversation", metavar="NAME")
@flag("--disappearing")
@of_profile
def export(
    choice: ProfileChoice, target: Path, how: str, conversation: str | None, *, disappearing: bool, as_json: bool
) -> int:
    """Write conversations into files that anybody can read."""
    from babilu.cli.exit_codes import ExitCode
    from babilu.cli.one_shot import run_one_shot
    from babilu.cli.progress_line import progress
    from babilu.export.exporter import Exporter
    from babilu.export.model import ExportRequest, exported_members
    from babilu.presentation.json_line import json_line
    from babilu.system import SystemClock

    request = ExportRequest(target.absolute(), ExportFormat(how), conversation, disappearing)

    def tell(report: "ExportReport") -> None:
        if not as_json:
            progress(choice.say("export.progress", messages=report.messages, files=report.files))

    def write(one_shot: "OneShot") -> ExitCode:
        report = Exporter(one_shot.client, choice.say, request, SystemClock(), tell).run()
        progress("")
        if as_json:
            print(json_line(exported_members(report)))
        else:
            show_report(report, choice.say)
        return ExitCode.DONE

    return run_one_shot(choice, write, as_json=as_json)


def show_report(report: "ExportReport", say: "Strings") -> None:
    """Say what was written, and what was not."""
    print(say("export.done", count=report.messages, path=report.path))
    for key, count in (("files", report.files), ("missing", report.missing), ("left_out", report.left_out)):
        if count:
            print(say(f"export.{key}", count=count))
    print(say("export.plain"))
