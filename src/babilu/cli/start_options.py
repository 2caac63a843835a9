"""Options of `babilu start`, each of which gives a key of the configuration."""

from pathlib import Path
from typing import Annotated

import typer

IpArgument = Annotated[str, typer.Argument(metavar="IP", help="Address to listen on.")]
PortArgument = Annotated[int, typer.Argument(metavar="PORT", min=0, max=65_535, help="TCP port; 0 takes any free one.")]
UsersArgument = Annotated[int, typer.Argument(metavar="MAX_USERS", min=1, help="Accounts connected at the same time.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Let everybody register.")]
InvitedOption = Annotated[bool, typer.Option("--invite-only", help="Let only the invited register.")]
LoopbackOption = Annotated[
    bool, typer.Option("--limit-loopback", help="Hold this machine to the limits by address too.")
]
NameOption = Annotated[str, typer.Option("--name", metavar="NAME", help="The relay's name, for people.")]
PublicHostOption = Annotated[
    str | None, typer.Option("--public-host", metavar="HOST", help="Host that invitations name.", show_default=False)
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(
        "--tls-certificate",
        metavar="FILE",
        dir_okay=False,
        help="Certificate of a public authority (PEM), in place of the relay's own.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--tls-key", metavar="FILE", dir_okay=False, help="The certificate's key (PEM).", show_default=False),
]
MetricsOption = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        metavar="PORT",
        min=0,
        max=65_535,
        help="Show metrics and health on this port of loopback.",
        show_default=False,
    ),
]
DaemonOption = Annotated[bool, typer.Option("--daemon", help="Run in the background, and return once it listens.")]
