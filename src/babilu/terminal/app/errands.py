"""What is asked, shown and done beside the conversation itself, all in one place."""

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.desk import Desk
from babilu.terminal.app.finder import Finder
from babilu.terminal.app.host import Host
from babilu.terminal.app.letters import Letters
from babilu.terminal.app.people import People
from babilu.terminal.app.sheets import Blank, Form, titled
from babilu.terminal.app.surroundings import Surroundings
from babilu.terminal.app.ways import Ways


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
        self.ways = Ways(host, desk, surroundings)
        self.people = People(host, desk, surroundings, self.ways.call)
        self.finder = Finder(host, desk, surroundings, self.ways)
        self.letters = Letters(host, desk, surroundings)

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
