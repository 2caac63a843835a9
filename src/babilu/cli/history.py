"""`babilu history` prints the newest messages of a conversation."""

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.parameters import Number, argument
from babilu.cli.profile_choice import ProfileChoice, of_profile


@command("history")
@argument("name", about="contact")
@argument("count", metavar="N", type=Number(1, 1000), default=20)
@of_profile
def history(choice: ProfileChoice, name: str, count: int, *, as_json: bool) -> int:
    """Print the newest messages of a conversation; nothing is marked as read."""
    from babilu.api import commands as c
    from babilu.cli.one_shot import OneShot, run_one_shot

    def show(one_shot: OneShot) -> ExitCode:
        one_shot.show("history", c.History(name, count), name)
        return ExitCode.DONE

    return run_one_shot(choice, show, as_json=as_json)
