"""What is asked, shown and done beside the conversation itself, all in one place."""

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.kernel.errors import BabiluError
from babilu.presentation.invitations import read_invitation
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.desk import Desk
from babilu.terminal.app.dialogs.finder import Finder
from babilu.terminal.app.dialogs.letters import Letters
from babilu.terminal.app.dialogs.people import People
from babilu.terminal.app.dialogs.ways import Ways
from babilu.terminal.app.host import Host
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraphs
from babilu.terminal.app.sheets import Blank, Form, Sheet, titled
from babilu.terminal.app.surroundings import Surroundings


class Errands:
    """Sheets over one screen, by what they are about.

    Args:
        host: Shows them.
        desk: What they show and change.
        surroundings: What they are shown with.
    """

    def __init__(self, host: Host, desk: Desk, surroundings: Surroundings) -> None:
        self._host = host
        self._desk = desk
        self._say = surroundings.say
        self._moments = surroundings.moments
        self.ways = Ways(host, desk, surroundings)
        self.people = People(host, desk, surroundings, self.ways.call)
        self.finder = Finder(host, desk, surroundings, self.ways)
        self.letters = Letters(host, desk, surroundings)

    def show_invitation(self, answer: str) -> None:
        """Show an invitation that was made, to be copied and passed on."""
        try:
            made = read_invitation(answer)
        except BabiluError as error:
            self._host.fail(error)
            return
        until = self._moments.whole(made.expires_at)
        note = self._say("invitation", number=made.number, count=made.uses, until=until)
        acts = (
            Act(self._say("app.do.copy"), lambda: self._host.copy(made.text)),
            Act(self._say("app.do.close"), bool),
        )
        self._host.put(Sheet(titled(self._say("app.invitation")), paragraphs(f"{note}\n\n{made.text}"), acts))

    def password(self) -> None:
        """Let the person change the password."""

        def submit(form: Form, values: list[str]) -> None:
            old, new, again = values
            if new != again:
                raise MisuseError("passwords_differ")
            if not old or not new:
                raise MisuseError("nothing_given")

            def changed(_: object) -> None:
                form.done()
                self._host.say_so(self._say("did.password"))

            self._desk.ask(c.ChangePassword(Passphrase(old), Passphrase(new)), changed, form.fail)

        asked = ("ask.old_password", "ask.new_password", "ask.new_password_again")
        blanks = [Blank(self._say(key), secret=True) for key in asked]
        self._host.put(
            Form(titled(self._say("app.key.password")), self._say("app.password_note"), blanks, submit, self._say)
        )
