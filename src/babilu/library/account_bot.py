"""Bots with an account and a profile of their own, on the same engine as every other client."""

from pathlib import Path
from typing import Self

from babilu.api.client import ChatClient, DirectProfile
from babilu.api.views import Address
from babilu.bot.bot import BaseBot as HandlerBot
from babilu.bot.handlers import Limit
from babilu.crypto.secret import Passphrase
from babilu.library.accounts import ScriptAccount, folder_of_caller, open_client, password_of


class Bot(HandlerBot):
    """A bot with a profile of its own; it is opened when it runs, or attached to where that is open.

    ::

        from babilu import Bot

        bot = Bot("127.0.0.1", 5050, "echo")

        @bot.message
        def echo(message):
            return message.text

        bot.run()

    Args:
        host: Address of the relay.
        port: Its port.
        name: The account; a free name is registered.
        password: Its password, which also opens the database; None for that in the environment, `BABILU_PASSWORD`.
        home: Folder of the database; otherwise that of the script.
        listen: ``(host, port)`` of the server socket that receives conversation requests.
        invitation: ``babilu://…``, in place of host and port where the relay asks for one, or a link into a group.
        prefix: What commands begin with.
        limit: How much of one conversation is handled.
        joins_groups: Whether it accepts to be in every group that it is added to.
    """

    def __init__(  # noqa: PLR0913  # a script says in one line what it wants
        self,
        host: str = "127.0.0.1",
        port: int = 5050,
        name: str = "",
        password: str | None = None,
        *,
        home: str | Path | None = None,
        listen: tuple[str, int] | None = None,
        invitation: str | None = None,
        prefix: str = "/",
        limit: Limit | None = None,
        joins_groups: bool = False,
    ) -> None:
        folder = Path(home) if home is not None else folder_of_caller()

        def opens() -> ChatClient:
            account = ScriptAccount(host, port, name, password_of(password), listen, invitation, start_over=False)
            return open_client(account.profile(), folder, None)

        super().__init__(opens, prefix=prefix, limit=limit, joins_groups=joins_groups)

    @classmethod
    def direct(
        cls,
        name: str,
        passphrase: str | None = None,
        *,
        listen: tuple[str, int] | None = None,
        home: str | Path | None = None,
        prefix: str = "/",
        limit: Limit | None = None,
        joins_groups: bool = False,
    ) -> Self:
        """Make a bot that needs no relay: people call its server socket, and `request` decides whom it accepts."""
        bot = cls.__new__(cls)
        folder = Path(home) if home is not None else folder_of_caller()

        def opens() -> ChatClient:
            address = None if listen is None else Address(*listen)
            return open_client(DirectProfile(name, Passphrase(password_of(passphrase)), address), folder, None)

        HandlerBot.__init__(bot, opens, prefix=prefix, limit=limit, joins_groups=joins_groups)
        return bot
