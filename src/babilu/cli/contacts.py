"""`babilu contacts` lists the contacts."""

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.profile_choice import ProfileChoice, of_profile


@command("contacts")
@of_profile
def contacts(choice: ProfileChoice, *, as_json: bool) -> int:
    """List the contacts of a profile."""
    from babilu.api import commands as c
    from babilu.cli.one_shot import OneShot, run_one_shot

    def show(one_shot: OneShot) -> ExitCode:
        one_shot.show("contacts", c.Contacts())
        return ExitCode.DONE

    return run_one_shot(choice, show, as_json=as_json)
