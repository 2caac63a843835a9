"""`babilu start` runs a relay until a signal ends it, in the foreground or as a daemon.

The configuration is whole and the port bound before anything is written or a daemon made.
"""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from babilu.cli.commands import command
from babilu.cli.options import (
    OptionKey,
    config_option,
    home_option,
    json_option,
    language_option,
    log_options,
)
from babilu.cli.parameters import PORT_MAX, FilePath, Number, argument, flag, option, together

if TYPE_CHECKING:
    from socket import socket

    from babilu.cli.config_source import ConfigSource
    from babilu.cli.relay_program import ReadyAnnouncer
    from babilu.relay.base.settings import RelaySettings

PORT = 5050
USERS = 100
LOG_NAME = "relay.log"
"""Where a daemon logs in its folder when nobody says."""


relay_options = together(
    flag("--open", "open_", about="open"),
    flag("--invite-only"),
    flag("--limit-loopback"),
    option("--name", about="relay_name", metavar="NAME", default="Babilu"),
    option("--public-host", metavar="HOST"),
    option("--tls-certificate", metavar="FILE", type=FilePath()),
    option("--tls-key", metavar="FILE", type=FilePath()),
    option("--storage", metavar="URL"),
    option("--bus", metavar="URL"),
    option("--bus-credentials", metavar="FILE", type=FilePath()),
    option("--node-key", metavar="FILE", type=FilePath()),
    option("--metrics-port", metavar="PORT", type=Number(0, PORT_MAX)),
)
"""Options each of which gives a key of the configuration."""


KEYS: Final = {
    "ip": OptionKey("relay.host"),
    "port": OptionKey("relay.port"),
    "max_users": OptionKey("limits.max_users"),
    "home": OptionKey("relay.home"),
    "open_": OptionKey("relay.registration", "open"),
    "invite_only": OptionKey("relay.registration", "invite"),
    "limit_loopback": OptionKey("limits.limit_loopback"),
    "name": OptionKey("relay.name"),
    "public_host": OptionKey("relay.public_host"),
    "tls_certificate": OptionKey("tls.certificate"),
    "tls_key": OptionKey("tls.key"),
    "storage": OptionKey("storage.url"),
    "bus": OptionKey("bus.url"),
    "bus_credentials": OptionKey("bus.credentials"),
    "node_key": OptionKey("cluster.node_key"),
    "metrics_port": OptionKey("metrics.port"),
    "log_level": OptionKey("log.level"),
    "log_file": OptionKey("log.file"),
    "log_format": OptionKey("log.format"),
}
"""What each parameter of the command gives."""


@command("start")
@argument("ip", default="127.0.0.1")
@argument("port", type=Number(0, PORT_MAX), default=PORT)
@argument("max_users", type=Number(1), default=USERS)
@home_option
@relay_options
@config_option
@flag("--daemon")
@flag("--check")
@json_option
@log_options
@language_option
@click.pass_context
def start(
    context: click.Context,
    /,
    *,
    open_: bool,
    invite_only: bool,
    config: Path | None,
    daemon: bool,
    check: bool,
    as_json: bool,
    lang: str | None,
    **_keys: object,
) -> int:
    """Run a relay, to which clients connect."""
    from babilu.cli.config_source import plan_for
    from babilu.cli.daemon import refuse_where_impossible
    from babilu.cli.relay_program import announcer
    from babilu.presentation.strings import MisuseError

    if open_ and invite_only:
        raise MisuseError("open_or_invited")
    if daemon:
        refuse_where_impossible()
    config_source = plan_for(context, config, KEYS)
    if check:
        return check_plan(config_source)
    says = announcer(as_json=as_json, language=lang, program=config_source.origin.program)
    return run(config_source, says, daemon=daemon)


def check_plan(config_source: "ConfigSource") -> int:
    """Find out what keeps a relay from starting, but for whatever has its port and folder now.

    Raises:
        UsageError: The configuration or a certificate cannot be used.
    """
    from babilu.cli.exit_codes import ExitCode
    from babilu.relay.base.state_dir import announced_from, certificate_from

    settings = config_source.settings(config_source.read())
    if settings.tls is not None:
        certificate_from(settings.tls)
    if settings.announced is not None:
        announced_from(settings.announced)
    return ExitCode.DONE


def run(config_source: "ConfigSource", says: "ReadyAnnouncer", *, daemon: bool) -> int:
    """Run the relay of a plan, here or in a daemon.

    Raises:
        UsageError: The configuration, the address or the folder cannot be used.
        ProfileError: The folder is in use or damaged.
    """
    from babilu.cli.configuration import Configuration
    from babilu.cli.daemon import start_daemon
    from babilu.cli.exit_codes import ExitCode
    from babilu.cli.log import set_up_logging
    from babilu.cli.pid_file import Launch, PidFile, remember_launch
    from babilu.cli.relay_program import ProcessContext, run_relay
    from babilu.cli.service_manager import ServiceManager
    from babilu.relay.base.state_dir import make_folder

    def set_up_log(configuration: "Configuration") -> None:
        log = configuration.tables().log
        beside = configuration.home(config_source.beside) / LOG_NAME if daemon else None
        set_up_logging(log.level, log.file or beside, log.format)

    def reread() -> "RelaySettings":
        configuration = config_source.read()
        settings = config_source.settings(configuration)
        set_up_log(configuration)
        return settings

    configuration = config_source.read()
    settings = config_source.settings(configuration)
    # The port first: whoever mistakes it must not find a new folder for it.
    sockets = bind_port(settings)
    make_folder(settings.home)

    def work(says: "ReadyAnnouncer") -> ExitCode:
        manager = ServiceManager({} if daemon else os.environ)
        around = ProcessContext(says, manager, sockets, reread if daemon or not has_terminal() else None)
        launch = Launch(config_source.origin.arguments, str(config_source.folder), daemon)
        # The log is the folder's too: nobody writes to that of a relay that runs.
        with PidFile(settings.home, launch) if hasattr(os, "fork") else nullcontext():
            set_up_log(configuration)
            remember_launch(settings.home, launch)
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
    from babilu.relay.transport.listener import bind

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
