"""`babilu admin certificate` renews the relay's own certificate: announced first, used when clients have had time."""

from typing import TYPE_CHECKING

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.commands import Group
from babilu.cli.parameters import flag

if TYPE_CHECKING:
    from babilu.relay.base.admin_requests import AdminRequest


@order("admin.certificate.show")
def show(admin_base: AdminBase) -> None:
    """Show the fingerprints that users can compare."""
    from babilu.relay.base.admin_requests import Certificates

    _ask(admin_base, Certificates())


@order("admin.certificate.prepare")
def prepare(admin_base: AdminBase) -> None:
    """Make the next certificate and announce it."""
    from babilu.relay.base.admin_requests import PrepareCertificate

    _ask(admin_base, PrepareCertificate())


@order("admin.certificate.withdraw")
def withdraw(admin_base: AdminBase) -> None:
    """Forget the next certificate, and let clients forget it."""
    from babilu.relay.base.admin_requests import WithdrawCertificate

    _ask(admin_base, WithdrawCertificate())


@order("admin.certificate.renew")
@flag("--now", "early", about="renew.now")
def renew(admin_base: AdminBase, *, early: bool) -> None:
    """Use the next certificate from now on; connections that are open stay."""
    from babilu.relay.base.admin_requests import RenewCertificate

    _ask(admin_base, RenewCertificate(early))


def _ask(admin_base: AdminBase, request: "AdminRequest") -> None:
    import msgspec

    from babilu.cli.admin_link import ask
    from babilu.cli.fingerprints import grouped
    from babilu.relay.base.admin_requests import CertificatesAre

    told = ask(admin_base.folder, request, CertificatesAre)
    sentences = [admin_base.say("relay.fingerprint", fingerprint=grouped(told.fingerprint))]
    if told.following is not None:
        following = grouped(told.following)
        if told.announced_at is None:
            sentences.append(admin_base.say("admin.certificate.next.elsewhere", fingerprint=following))
        else:
            since = admin_base.time(told.announced_at)
            sentences.append(admin_base.say("admin.certificate.next", since=since, fingerprint=following))
    admin_base.tell("certificate", *sentences, **msgspec.structs.asdict(told))


certificate = Group("admin.certificate", {"show": show, "prepare": prepare, "withdraw": withdraw, "renew": renew})
