"""A change of password: whatever is lost on the way, the password of the account opens the profile."""

from babilu.crypto.secret import Passphrase
from babilu.engine.transport.account_requests import AccountClient, is_refusal
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, Reason
from babilu.store.profile_store import ProfileStore

_DONE_BEFORE = frozenset({ErrorCode.WRONG_CREDENTIALS, ErrorCode.CONFLICT})
"""What a relay says of a change that it has made already, when an earlier answer was lost."""


def change_password(
    profile: ProfileStore, account_client: AccountClient | None, name: str, old: Passphrase, new: Passphrase
) -> None:
    """Replace the password of a profile and of its account.

    The new password opens the profile before the relay is asked, the old one until the relay has agreed. Where that
    stays unknown, both open the profile, and the same change again finds out.

    Args:
        profile: The files of the profile.
        account_client: Where the account is, or None for a profile without a relay.
        name: Of the account.
        old: The present password of the profile.
        new: The one to come.

    Raises:
        AccountError: ``wrong_credentials``: of the profile, or, with `Reason.ACCOUNT`, of the account alone.
        BabiluError: The relay refused, or has not answered: then both passwords open the profile.
    """
    former = profile.way_of(old)
    if account_client is not None:
        account_client.look()
    try:
        way, is_added = profile.way_of(new), False
    except AccountError:
        identity = profile.identity(old) if profile.has_identity else None
        way, is_added = profile.add_passphrase(new, former, identity), True
    if account_client is not None:
        try:
            account_client.change_password(name, old, new)
        except BabiluError as error:
            if not _is_changed_all_the_same(error, account_client, name, new):
                if is_added and is_refusal(error):
                    profile.remove_way(way)
                if error.code is ErrorCode.WRONG_CREDENTIALS:
                    error.because(Reason.ACCOUNT)
                raise
    profile.keep_passphrase_alone(way)


def _is_changed_all_the_same(error: BabiluError, account_client: AccountClient, name: str, new: Passphrase) -> bool:
    """Tell whether the account certainly has the new password, although a change to it has failed."""
    if error.code is ErrorCode.CLOSED or (is_refusal(error) and error.code not in _DONE_BEFORE):
        return False
    try:
        account_client.check_password(name, new)
    except BabiluError:
        return False
    return True
