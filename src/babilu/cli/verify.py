"""`babilu verify` shows the safety number of a contact, or records that it was compared."""

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.parameters import argument, option
from babilu.cli.profile_choice import ProfileChoice, of_profile
from babilu.kernel.errors import ErrorCode
from babilu.presentation.strings import MisuseError


class DifferentDigitsError(MisuseError):
    """The digits that somebody compared are not those of the contact."""

    def __init__(self) -> None:
        super().__init__("digits_differ")
        self.code = ErrorCode.BAD_KEY


@command("verify")
@argument("name", about="contact")
@option("--compared", metavar="DIGITS")
@of_profile
def verify(choice: ProfileChoice, name: str, *, compared: str | None, as_json: bool) -> int:
    """Show the safety number of a contact, or record that it was compared."""
    from babilu.api import commands as c
    from babilu.cli.one_shot import OneShot, run_one_shot

    def show(one_shot: OneShot) -> ExitCode:
        if compared is None:
            one_shot.show("verify", c.Verify(name), name)
            return ExitCode.DONE
        shown = one_shot.ask(c.Verify(name))
        if "".join(compared.split()) != shown.digits:
            raise DifferentDigitsError
        one_shot.show("verified", c.MarkVerified(name, identity=shown.identity, digits=compared), name)
        return ExitCode.DONE

    return run_one_shot(choice, show, as_json=as_json)
