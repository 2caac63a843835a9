"""`babilu admin certificate` renews the relay's own certificate: announced first, used when clients have had time."""

from typing import TYPE_CHECKING

from babilu.cli.commands import Group
from babilu.cli.office import Office, order
from babilu.cli.parameters import flag

if TYPE_CHECKING:
    from babilu.relay.base.admin_requests import AdminRequest


@order("admin.certificate.show")
def show(office: Office) -> None:
    """Show the fingerprints that users can compare."""
    from babilu.relay.base.admin_requests import Certificates

    _ask(office, Certificates())


@order("admin.certificate.prepare")
def prepare(office: Office) -> None:
    """Make the next certificate and announce it."""
    from babilu.relay.base.admin_requests import PrepareCertificate

    _ask(office, PrepareCertificate())


@order("admin.certificate.withdraw")
def withdraw(office: Office) -> None:
    """Forget the next certificate, and let clients forget it."""
    from babilu.relay.base.admin_requests import WithdrawCertificate

    _ask(office, WithdrawCertificate())


@order("admin.certificate.renew")
@flag("--now", "early", about="renew.now")
def renew(office: Office, *, early: bool) -> None:
    """Use the next certificate from now on; connections that are open stay."""
    from babilu.relay.base.admin_requests import RenewCertificate

    _ask(office, RenewCertificate(early))


def _ask(office: Office, request: "AdminRequest") -> None:
    import msgspec

    from babilu.cli.admin_link import ask
    from babilu.cli.fingerprints import grouped
    from babilu.relay.base.admin_requests import CertificatesAre

    told = ask(office.folder, request, CertificatesAre)
    sentences = [office.say("relay.fingerprint", fingerprint=grouped(told.fingerprint))]
    if told.following is not None:
        following = grouped(told.following)
        if told.announced_at is None:
            sentences.append(office.say("admin.certificate.next.elsewhere", fingerprint=following))
        else:
            since = office.time(told.announced_at)
            sentences.append(office.say("admin.certificate.next", since=since, fingerprint=following))
    office.tell("certificate", *sentences, **msgspec.structs.asdict(told))


certificate = Group("admin.certificate", {"show": show, "prepare": prepare, "withdraw": withdraw, "renew": renew})
