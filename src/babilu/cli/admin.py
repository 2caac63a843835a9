"""`babilu admin` administers a relay: the one of this machine, or as owner or moderator one elsewhere.

Backups and certificates are dealt with on the relay's machine; restoring and verifying a backup needs no relay.
"""

from pathlib import Path

import click

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.commands import Group, parameters_of
from babilu.cli.options import password_file_option
from babilu.cli.parameters import Number, argument, option, together
from babilu.cli.relay_lookup import OFFICER


@order("admin.broadcast")
@argument("text", about="notice")
def broadcast(admin_base: AdminBase, text: str) -> None:
    """Tell a sentence to everybody who is connected."""
    from babilu.presentation.strings import MisuseError
    from babilu.relay.base.admin_requests import NOTICE_CHARACTERS, Broadcast, NoticeSent

    if not 0 < len(text) <= NOTICE_CHARACTERS:
        raise MisuseError("notice_length", count=NOTICE_CHARACTERS)
    told = admin_base.ask(Broadcast(text), NoticeSent).connections
    admin_base.tell("told", admin_base.say("admin.told", count=told), connections=told)


@order("admin.audit")
@option("--most", metavar="N", type=Number(1, 10_000), default=100)
def audit(admin_base: AdminBase, *, most: int) -> None:
    """Show what operators did: never a text, a password or a token."""
    from babilu.relay.base.admin_requests import ReadAudit
    from babilu.relay.storage.administration import AuditEntry

    entries = admin_base.ask(ReadAudit(most), list[AuditEntry])
    of_several = any(each.node for each in entries)
    rows = [
        (
            admin_base.time(each.at),
            each.officer or admin_base.say("admin.by_user", number=each.uid),
            each.action,
            each.subject,
            *([each.node] if of_several else ()),
        )
        for each in entries
    ]
    head = ("time", "by", "action", "subject", *(["node"] if of_several else ()))
    admin_base.tell_rows("audit", head, rows, entries=entries)


@order("admin.statistics")
def statistics(admin_base: AdminBase) -> None:
    """Show how much the relay holds."""
    import msgspec

    from babilu.cli.quantities import rough_size
    from babilu.relay.base.admin_requests import StatisticsRequest
    from babilu.relay.storage.administration import Statistics as StatisticsAre

    def written(name: str, value: int | None) -> str:
        if value is None:
            return "-"
        if name.endswith("_at"):
            return admin_base.time(value)
        return rough_size(value) if name.endswith("_bytes") else str(value)

    members = msgspec.structs.asdict(admin_base.ask(StatisticsRequest(), StatisticsAre))
    rows = [(admin_base.say(f"stats.{name}"), written(name, value)) for name, value in members.items()]
    admin_base.tell_rows("statistics", ("what", "how_much"), rows, **members)


@together(option("--as", "officer", about="as", metavar="PROFILE"), password_file_option)
@click.pass_context
def choose_officer(context: click.Context, *, officer: str | None, password_file: Path | None) -> None:
    """Note whose account gives the orders; None stands for the owner of the machine's relay."""
    context.meta[OFFICER] = None if officer is None else (officer, password_file)


admin = Group(
    "admin",
    {
        "users": "admin_users:users",
        "invitations": "invitations:invitations",
        "certificate": "certificate:certificate",
        "broadcast": broadcast,
        "audit": audit,
        "statistics": statistics,
        "nodes": "nodes:nodes",
        "drain": "nodes:drain",
        "undrain": "nodes:undrain",
        "node-key": "nodes:node_key",
        "migrate-storage": "moving:migrate_storage",
        "backup": "backups:backup",
        "restore": "backups:restore",
        "verify": "backups:verify",
    },
    callback=choose_officer,
    params=parameters_of(choose_officer),
)
