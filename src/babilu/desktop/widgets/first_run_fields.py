"""Fields of the first page: the profile that they ask for, and which of them an error is about."""

from dataclasses import dataclass

from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.credentials import Invitation, JoinLink, Passphrase, pasted_invitation
from babilu.api.views import Address, ProfileView
from babilu.desktop.error_texts import sentence_for, sentence_for_listening
from babilu.desktop.language import translate
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.forms import FormField, Segments, parse_address, parse_port
from babilu.desktop.widgets.new_password import Repetition
from babilu.kernel.errors import BabiluError, ErrorCode, UsageError
from babilu.presentation.fingerprints import read_fingerprint

RELAY_PORT = 5050
DIRECT_PORT = 5051
PROFILE, INVITED, RELAY, DIRECT = range(4)
"""Ways of opening a profile: one that there is, by an invitation, at a relay, and without one."""

Profile = RelayProfile | DirectProfile


@dataclass(frozen=True, slots=True)
class FieldError:
    """Which field is wrong, and why."""

    field: FormField
    reason: str


@dataclass(frozen=True, slots=True)
class RelayChoice:
    """Which relay is meant, and what the user knows of it."""

    address: Address
    invitation: Invitation | JoinLink | None = None
    certificate: bytes | None = None


class FirstRunFields:
    """Fields to be filled in.

    Args:
        theme: Fonts and colours.

    Attributes:
        chosen: The profile that is opened, where one that there is was chosen.
    """

    def __init__(self, theme: Theme) -> None:
        self.chosen: ProfileView | None = None
        self.ways = Segments(3)
        self.invitation = FormField(theme)
        self.host = FormField(theme)
        self.port = FormField(theme)
        self.port.edit.setText(str(RELAY_PORT))
        self.certificate = FormField(theme)
        self.name = FormField(theme)
        self.password = FormField(theme, secret=True)
        self.repetition = Repetition(theme, self.password, lambda: (self.name.text, self.host.text))
        self.has_account = Switch(theme)
        self.listen = FormField(theme)
        self.listen.edit.setText(f"0.0.0.0:{DIRECT_PORT}")
        self.start_over = Switch(theme)
        self.start_over.hide()

    @property
    def makes_new(self) -> bool:
        """Whether a name is registered or a profile is made, and a password chosen for it."""
        return self.way == DIRECT or (self.way in {INVITED, RELAY} and not self.has_account.isChecked())

    @property
    def way(self) -> int:
        """Which way of opening a profile is shown."""
        return PROFILE if self.chosen is not None else self.ways.number + 1

    def in_order(self) -> tuple[FormField, ...]:
        """Give the fields to be filled in, in the order in which they stand; others have a value or may be empty."""
        return (self.invitation, self.host, self.name, self.password)

    def forget_errors(self) -> None:
        """Take away what a former try has said."""
        for field in (*self.in_order(), self.repetition.again, self.port, self.certificate, self.listen):
            field.refuse("")

    def read(self) -> Profile | FieldError | None:
        """Read which profile is asked for; None where what is wrong stands there already."""
        way = self.way
        place = self._place(way)
        if isinstance(place, FieldError):
            return place
        if way != PROFILE and not self.name.text:
            return FieldError(self.name, translate("FirstRun", "Choose a name."))
        if self.makes_new and self.repetition.refuse():
            return None
        try:
            passphrase = Passphrase(self.password.edit.text())
        except UsageError:
            empty_one = translate("FirstRun", "Fill this in: it protects what is kept on this device.")
            return FieldError(self.password, empty_one)
        if self.chosen is not None:
            return self._existing(self.chosen, passphrase)
        if place is None:
            return self._direct(passphrase)
        return RelayProfile(
            place.address,
            self.name.text,
            passphrase,
            place.invitation,
            start_over=self._starts_over(),
            certificate=place.certificate,
            register=self.makes_new,
        )

    def _place(self, way: int) -> "RelayChoice | FieldError | None":
        """Read which relay is meant, where one is."""
        if way == INVITED:
            return self._invited()
        return self._with_relay() if way == RELAY else None

    def _existing(self, chosen: ProfileView, passphrase: Passphrase) -> Profile:
        if chosen.relay is None:
            return DirectProfile(chosen.name, passphrase)
        return RelayProfile(chosen.relay, chosen.name, passphrase, start_over=self._starts_over())

    def _invited(self) -> "RelayChoice | FieldError":
        try:
            invitation = pasted_invitation(self.invitation.text)
        except UsageError:
            reason = translate("FirstRun", "This is no invitation: it begins with babilu:// and is pasted whole.")
            return FieldError(self.invitation, reason)
        return RelayChoice(Address(invitation.host, invitation.port), invitation)

    def _brings_no_invitation(self) -> bool:
        """Tell whether a link into a group was pasted that is no invitation to its relay."""
        try:
            pasted = pasted_invitation(self.invitation.text)
        except UsageError:
            return False
        return isinstance(pasted, JoinLink) and pasted.invitation is None

    def _with_relay(self) -> "RelayChoice | FieldError":
        port = parse_port(self.port.text)
        address = parse_address(self.host.text, port or RELAY_PORT)
        if address is None:
            return FieldError(self.host, translate("FirstRun", "The name or the IP address of a relay."))
        if not port:
            return FieldError(self.port, translate("FirstRun", "A number up to 65535."))
        certificate = read_fingerprint(self.certificate.text) if self.certificate.text else None
        if self.certificate.text and certificate is None:
            return FieldError(
                self.certificate, translate("FirstRun", "A fingerprint has 64 digits and letters up to F.")
            )
        return RelayChoice(address, certificate=certificate)

    def _direct(self, passphrase: Passphrase) -> Profile | FieldError:
        if not self.listen.text:
            return DirectProfile(self.name.text, passphrase)
        address = parse_address(self.listen.text, DIRECT_PORT)
        if address is None:
            return FieldError(self.listen, translate("FirstRun", "An address of this machine with a port, or nothing."))
        return DirectProfile(self.name.text, passphrase, address)

    def _starts_over(self) -> bool:
        return not self.start_over.isHidden() and self.start_over.isChecked()

    def field_of(self, code: ErrorCode) -> FormField | None:
        """Give the field that an error is about."""
        match code:
            case ErrorCode.WRONG_CREDENTIALS:
                # A new name that the relay refuses so is somebody's already.
                return self.name if self.makes_new and self.way != DIRECT else self.password
            case ErrorCode.USAGE if self.way == DIRECT:
                return self.listen
            case ErrorCode.NAME_REFUSED | ErrorCode.NAME_TAKEN:
                return self.name
            case ErrorCode.INVITATION_NEEDED:
                return self.invitation if self.way == INVITED else self.host
            case ErrorCode.CERTIFICATE_CHANGED if self.way == RELAY and self.certificate.text:
                return self.certificate
            case ErrorCode.UNAVAILABLE | ErrorCode.CERTIFICATE_CHANGED | ErrorCode.SERVER_FULL:
                return {INVITED: self.invitation, DIRECT: self.listen}.get(self.way, self.host)
            case _:
                return None

    def sentence(self, error: BabiluError, field: FormField | None) -> str:
        """Say what is wrong, by what was asked for."""
        if field is self.listen:
            return sentence_for_listening(error)
        if field is self.certificate:
            return translate("FirstRun", "The relay shows another certificate: somebody may be in between.")
        if field is self.name and error.code is ErrorCode.WRONG_CREDENTIALS:
            return translate("FirstRun", "This name is taken. Choose another one; if it is yours, say so below.")
        if error.code is ErrorCode.INVITATION_NEEDED and field is self.invitation and self._brings_no_invitation():
            return translate(
                "FirstRun",
                "This relay takes new people by invitation, and the link brings none. Ask for one that does.",
            )
        if error.code is ErrorCode.INVITATION_NEEDED and field is self.invitation:
            return translate("FirstRun", "This invitation was used or has expired. Ask for another one.")
        if field is self.password and self.way in {INVITED, RELAY}:
            return translate("FirstRun", "Name or password is wrong.")
        if field is self.password and self.way in {PROFILE, DIRECT}:
            return translate("FirstRun", "This is not the password of this profile.")
        return sentence_for(error)
