"""Dispatch: which frame is allowed in which state, and who handles it; one table for each state."""

from dataclasses import dataclass
from typing import assert_never

from babilu.kernel.limits import Limits
from babilu.relay.base.states import AccountAuthenticated, Connected, DeviceAuthenticated, Live, State, Transferring
from babilu.relay.services.accounts import Accounts
from babilu.relay.services.blobs import BlobService
from babilu.relay.services.challenge import LoginChallenge
from babilu.relay.services.data_export import DataExport
from babilu.relay.services.delivery import DeliveryService
from babilu.relay.services.device_list_service import DeviceListService
from babilu.relay.services.directory import Directory
from babilu.relay.services.linking import LinkingService
from babilu.relay.services.presence import PresenceService
from babilu.relay.services.remote_admin import RemoteAdmin
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.submission import SubmissionService
from babilu.relay.services.transients import TransientService
from babilu.relay.transport.connection import Connection, Handler, Handlers
from babilu.wire.client_frames import (
    Ack,
    AdministerFrame,
    BlobCreate,
    BlobDelete,
    BlobGet,
    BlobPut,
    ChangePasswordFrame,
    DeleteAccountFrame,
    FetchBundle,
    FetchDeviceList,
    FetchHoldings,
    FetchOwnList,
    GetSalt,
    Hello,
    LinkAnswerFrame,
    LinkAskFrame,
    Login,
    LoginDevice,
    LoginTransfer,
    PublishDeviceList,
    PublishPrekeys,
    Register,
    ResetIdentity,
    Resume,
    StatusFrame,
    Submit,
    Transient,
    Watch,
)
from babilu.wire.frame_base import Bye, Ping, Pong
from babilu.wire.relay_frames import StatusIs


@dataclass(frozen=True, slots=True)
class Services:
    """Those who handle frames."""

    challenge: LoginChallenge
    accounts: Accounts
    lists: DeviceListService
    directory: Directory
    delivery: DeliveryService
    submissions: SubmissionService
    presence: PresenceService
    transients: TransientService
    linking: LinkingService
    sessions: SessionRegistry
    blobs: BlobService
    data_export: DataExport
    remote_admin: RemoteAdmin

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits; those of the challenge change with the relay's name and with who may register."""
        self.accounts.reconfigure(limits)
        self.lists.reconfigure(limits)
        self.directory.reconfigure(limits)
        self.delivery.reconfigure(limits)
        self.submissions.reconfigure(limits)
        self.presence.reconfigure(limits)
        self.transients.reconfigure(limits)
        self.linking.reconfigure(limits)
        self.sessions.reconfigure(limits)
        self.blobs.reconfigure(limits)
        self.data_export.reconfigure(limits)
        self.remote_admin.reconfigure(limits)


class Dispatch:
    """The tables of all states."""

    def __init__(self, services: Services) -> None:
        accounts, directory = services.accounts, services.directory
        anybody: dict[type, Handler] = {
            Ping: _nothing,
            Pong: _nothing,
            Bye: _farewell,
            Hello: services.challenge.hello,
            GetSalt: accounts.salt,
            ChangePasswordFrame: accounts.change_password,
            DeleteAccountFrame: accounts.delete_account,
            PublishDeviceList: services.lists.publish,
        }
        self._connected: Handlers = anybody | {
            Register: accounts.register,
            Login: accounts.login,
            LoginDevice: accounts.login_device,
            FetchOwnList: accounts.fetch_own_list,
            LoginTransfer: accounts.login_transfer,
            BlobGet: services.blobs.get,
            ResetIdentity: accounts.reset_identity,
        }
        account: dict[type, Handler] = anybody | {
            FetchDeviceList: directory.fetch_device_list,
            StatusFrame: _status(services.sessions),
            FetchHoldings: services.data_export.fetch_holdings,
        }
        self._account: Handlers = account | {ResetIdentity: accounts.reset_identity, LinkAskFrame: services.linking.ask}
        device: dict[type, Handler] = account | {
            PublishPrekeys: directory.publish_prekeys,
            FetchBundle: directory.fetch_bundle,
            Watch: services.presence.watch,
            AdministerFrame: services.remote_admin.administer,
        }
        self._device: Handlers = device | {Resume: services.delivery.resume}
        self._live: Handlers = device | {
            Submit: services.submissions.submit,
            Transient: services.transients.pass_on,
            LinkAnswerFrame: services.linking.answer,
            Ack: services.delivery.acknowledge,
        }

        self._transferring: Handlers = {
            Ping: _nothing,
            Pong: _nothing,
            Bye: _farewell,
            BlobCreate: services.blobs.create,
            BlobPut: services.blobs.put,
            BlobGet: services.blobs.get,
            BlobDelete: services.blobs.delete,
        }

    def handlers(self, state: State) -> Handlers:
        """Return what is allowed in a state."""
        match state:
            case Connected():
                return self._connected
            case AccountAuthenticated():
                return self._account
            case DeviceAuthenticated():
                return self._device
            case Live():
                return self._live
            case Transferring():
                return self._transferring
            case _:
                assert_never(state)


def _nothing(connection: Connection, heard: Ping | Pong) -> None:
    """Do nothing: a ping was answered already, and that something was heard is all a pong says."""


def _farewell(connection: Connection, bye: Bye) -> None:
    del bye
    connection.close()


def _status(sessions: SessionRegistry) -> Handler:
    def answer(connection: Connection, status: StatusFrame) -> None:
        connection.send(StatusIs(status.request, sessions.everywhere, sessions.max_users))

    return answer
