"""`babilu start` runs a relay until it is told to end, in the foreground or as a daemon.

The configuration is whole and the port bound before anything is written or a daemon made.
"""

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import typer

from babilu.cli import start_options as o
from babilu.cli.options import (
    ConfigOption,
    FileOption,
    FormatOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    LevelOption,
    LogFormat,
    LogLevel,
)

if TYPE_CHECKING:
    from socket import socket

    from babilu.cli.plan import Plan
    from babilu.cli.relay_program import Announcer
    from babilu.relay.settings import RelaySettings

PORT = 5050
USERS = 100
LOG_NAME = "relay.log"
"""Where a daemon logs in its folder when nobody says."""


def start(
    context: typer.Context,
    ip: o.IpArgument = "127.0.0.1",
    port: o.PortArgument = PORT,
    max_users: o.UsersArgument = USERS,
    *,
    home: HomeOption = None,
    open_: o.OpenOption = False,
    invite_only: o.InvitedOption = False,
    limit_loopback: o.LoopbackOption = False,
    name: o.NameOption = "Babilu",
    public_host: o.PublicHostOption = None,
    tls_certificate: o.CertificateOption = None,
    tls_key: o.KeyOption = None,
    metrics_port: o.MetricsOption = None,
    config: ConfigOption = None,
    daemon: o.DaemonOption = False,
    as_json: JsonOption = False,
    log_level: LevelOption = LogLevel.WARNING,
    log_file: FileOption = None,
    log_format: FormatOption = LogFormat.TEXT,
    lang: LanguageOption = None,
) -> int:
    """Run a relay, to which clients connect.

    It passes on what they encrypt for each other, and cannot read it. It prints where it listens, its certificate's
    fingerprint and, until it has an owner, the owner's invitation. Without --open and --invite-only it is open where
    only this machine or a private network can reach it.

    What is not said here comes from the environment, then from babilu.toml.
    """
    from babilu.cli.daemon import refuse_where_impossible
    from babilu.cli.plan import plan_for
    from babilu.cli.relay_program import announcer
    from babilu.terminal.strings import MisuseError

    if open_ and invite_only:
        raise MisuseError("open_or_invited")
    if daemon:
        refuse_where_impossible()
    plan = plan_for(
        context,
        config,
        {
            "ip": ("relay.host", ip),
            "port": ("relay.port", port),
            "max_users": ("limits.max_users", max_users),
            "home": ("relay.home", home),
            "open_": ("relay.registration", "open"),
            "invite_only": ("relay.registration", "invite"),
            "limit_loopback": ("limits.limit_loopback", limit_loopback),
            "name": ("relay.name", name),
            "public_host": ("relay.public_host", public_host),
            "tls_certificate": ("tls.certificate", tls_certificate),
            "tls_key": ("tls.key", tls_key),
            "metrics_port": ("metrics.port", metrics_port),
            "log_level": ("log.level", log_level.value),
            "log_file": ("log.file", log_file),
            "log_format": ("log.format", log_format.value),
        },
    )
    says = announcer(as_json=as_json, language=lang, program=plan.origin.program)
    return run(plan, says, daemon=daemon)


def run(plan: "Plan", says: "Announcer", *, daemon: bool) -> int:
    """Run the relay of a plan, here or in a daemon.

    Raises:
        UsageError: The configuration, the address or the folder cannot be used.
        ProfileError: The folder is in use or damaged.
    """
    from babilu.cli.configuration import Configuration
    from babilu.cli.daemon import start_daemon
    from babilu.cli.exits import Exit
    from babilu.cli.log import set_up_logging
    from babilu.cli.pid_file import Launch, PidFile
    from babilu.cli.relay_program import Surroundings, run_relay
    from babilu.cli.service_manager import ServiceManager
    from babilu.relay.home import make_folder

    def set_up_log(configuration: "Configuration") -> None:
        log = configuration.log()
        beside = configuration.home(plan.beside) / LOG_NAME if daemon else None
        set_up_logging(log.level, log.file or beside, log.form)

    def reread() -> "RelaySettings":
        configuration = plan.read()
        settings = plan.settings(configuration)
        set_up_log(configuration)
        return settings

    configuration = plan.read()
    settings = plan.settings(configuration)
    # The port first: whoever mistakes it must not find a new folder for it.
    sockets = bind_port(settings)
    make_folder(settings.home)

    def work(says: "Announcer") -> Exit:
        manager = ServiceManager({} if daemon else os.environ)
        around = Surroundings(says, manager, sockets, reread if daemon or not has_terminal() else None)
        launch = Launch(plan.origin.arguments, str(plan.folder), daemon)
        # The log is the folder's too: nobody writes to that of a relay that runs.
        with PidFile(settings.home, launch) if hasattr(os, "fork") else nullcontext():
            set_up_log(configuration)
            return run_relay(settings, around)

    if daemon:
        return start_daemon(work, says, settings.home, [bound.fileno() for bound in sockets])
    return work(says)


def bind_port(settings: "RelaySettings") -> "list[socket]":
    """Bind where a relay listens.

    Raises:
        ProfileError: ``profile_in_use`` where the port is in use by this very relay.
        UsageError: It cannot be bound otherwise.
    """
    from babilu.cli.pid_file import find_holder, in_use
    from babilu.kernel.errors import UsageError
    from babilu.relay.listener import bind

    try:
        return bind(settings.host, settings.port)
    except UsageError:
        holder = find_holder(settings.home) if hasattr(os, "fork") else None
        if holder is None:
            raise
        raise in_use(settings.home, holder) from None


def has_terminal() -> bool:
    """Tell whether a terminal controls this process, whose end is then the relay's too."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
