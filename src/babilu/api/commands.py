"""Everything a user interface can ask of a client; each command names the type of its answer.

A command that fails ends its future with a `babilu.kernel.errors.BabiluError`. Names are matched after normalisation;
``to``, ``name`` and ``conversation`` take the label of a conversation, which is the local name of its contact, or its
id as 64 hexadecimal digits; ``to`` also takes the account name of somebody new. The notes to oneself have the label
``#notes``; what concerns a person fails with ``usage`` there. A group has a label such as ``#picnic``.
``bob@`` is the contact with the relay's account bob, where somebody else is locally called bob.

A command that sends or consents takes an ``identity`` beside the name: the identity key of the person whom the user
believed the name to mean, as a view showed it. It fails with ``mismatch``, and nothing is done, where the name means
somebody else. None asks for no such check.
"""

from babilu.api.archive_commands import ArchiveStatus as ArchiveStatus
from babilu.api.archive_commands import CreateArchive as CreateArchive
from babilu.api.archive_commands import ExamineArchive as ExamineArchive
from babilu.api.archive_commands import KeepArchives as KeepArchives
from babilu.api.archive_commands import NewRecoveryCode as NewRecoveryCode
from babilu.api.command import Command as Command
from babilu.api.connection_commands import Administer as Administer
from babilu.api.connection_commands import Call as Call
from babilu.api.connection_commands import DeleteAccount as DeleteAccount
from babilu.api.connection_commands import Examine as Examine
from babilu.api.connection_commands import HangUp as HangUp
from babilu.api.connection_commands import Listen as Listen
from babilu.api.connection_commands import ReadHoldings as ReadHoldings
from babilu.api.connection_commands import Status as Status
from babilu.api.connection_commands import StopListening as StopListening
from babilu.api.connection_commands import Threads as Threads
from babilu.api.connection_commands import TrustCertificate as TrustCertificate
from babilu.api.connection_commands import TryNow as TryNow
from babilu.api.contact_commands import Accept as Accept
from babilu.api.contact_commands import AddByLink as AddByLink
from babilu.api.contact_commands import AllowDirect as AllowDirect
from babilu.api.contact_commands import Block as Block
from babilu.api.contact_commands import Contacts as Contacts
from babilu.api.contact_commands import Decline as Decline
from babilu.api.contact_commands import MarkVerified as MarkVerified
from babilu.api.contact_commands import OwnLink as OwnLink
from babilu.api.contact_commands import RejectIdentity as RejectIdentity
from babilu.api.contact_commands import Rename as Rename
from babilu.api.contact_commands import Requests as Requests
from babilu.api.contact_commands import TrustIdentity as TrustIdentity
from babilu.api.contact_commands import Unblock as Unblock
from babilu.api.contact_commands import Verify as Verify
from babilu.api.conversation_commands import ClearConversation as ClearConversation
from babilu.api.conversation_commands import Conversations as Conversations
from babilu.api.conversation_commands import MarkRead as MarkRead
from babilu.api.conversation_commands import MarkUnread as MarkUnread
from babilu.api.conversation_commands import SetArchived as SetArchived
from babilu.api.conversation_commands import SetDraft as SetDraft
from babilu.api.conversation_commands import SetMuted as SetMuted
from babilu.api.conversation_commands import SetPinned as SetPinned
from babilu.api.conversation_commands import SetTimer as SetTimer
from babilu.api.conversation_commands import Typing as Typing
from babilu.api.device_commands import AskHistory as AskHistory
from babilu.api.device_commands import Devices as Devices
from babilu.api.device_commands import LinkApprove as LinkApprove
from babilu.api.device_commands import LinkConfirm as LinkConfirm
from babilu.api.device_commands import LinkRefuse as LinkRefuse
from babilu.api.device_commands import RemoveDevice as RemoveDevice
from babilu.api.device_commands import WipeProfile as WipeProfile
from babilu.api.file_commands import CancelFile as CancelFile
from babilu.api.file_commands import FetchFile as FetchFile
from babilu.api.file_commands import FreeSpace as FreeSpace
from babilu.api.file_commands import GetPicture as GetPicture
from babilu.api.file_commands import GetProfilePicture as GetProfilePicture
from babilu.api.file_commands import InspectFiles as InspectFiles
from babilu.api.file_commands import Media as Media
from babilu.api.file_commands import PauseFile as PauseFile
from babilu.api.file_commands import PlanFreeing as PlanFreeing
from babilu.api.file_commands import ResumeFile as ResumeFile
from babilu.api.file_commands import SetProfilePicture as SetProfilePicture
from babilu.api.file_commands import SpaceUse as SpaceUse
from babilu.api.group_commands import AddToGroup as AddToGroup
from babilu.api.group_commands import ChangeGroup as ChangeGroup
from babilu.api.group_commands import FollowGroup as FollowGroup
from babilu.api.group_commands import GetGroup as GetGroup
from babilu.api.group_commands import GroupInvitations as GroupInvitations
from babilu.api.group_commands import GroupLinks as GroupLinks
from babilu.api.group_commands import GroupLogOf as GroupLogOf
from babilu.api.group_commands import JoinGroup as JoinGroup
from babilu.api.group_commands import JoinRequests as JoinRequests
from babilu.api.group_commands import MakeGroupLink as MakeGroupLink
from babilu.api.group_commands import QuitGroup as QuitGroup
from babilu.api.group_commands import RemoveFromGroup as RemoveFromGroup
from babilu.api.group_commands import RevokeGroupLink as RevokeGroupLink
from babilu.api.group_commands import SetRole as SetRole
from babilu.api.group_commands import StartGroup as StartGroup
from babilu.api.group_commands import WhoMayAdd as WhoMayAdd
from babilu.api.import_commands import ImportChats as ImportChats
from babilu.api.import_commands import PersonMapping as PersonMapping
from babilu.api.message_commands import DeleteMessage as DeleteMessage
from babilu.api.message_commands import EditMessage as EditMessage
from babilu.api.message_commands import Forward as Forward
from babilu.api.message_commands import History as History
from babilu.api.message_commands import MessageInfo as MessageInfo
from babilu.api.message_commands import PinMessage as PinMessage
from babilu.api.message_commands import Pins as Pins
from babilu.api.message_commands import PutBack as PutBack
from babilu.api.message_commands import Retry as Retry
from babilu.api.message_commands import Schedule as Schedule
from babilu.api.message_commands import Scheduled as Scheduled
from babilu.api.message_commands import Search as Search
from babilu.api.message_commands import Send as Send
from babilu.api.message_commands import SendNow as SendNow
from babilu.api.message_commands import SetReactions as SetReactions
from babilu.api.message_commands import TakeUnshown as TakeUnshown
from babilu.api.message_commands import Unschedule as Unschedule
from babilu.api.message_commands import Wordings as Wordings
from babilu.api.profile_commands import ChangePassword as ChangePassword
from babilu.api.profile_commands import CheckPassphrase as CheckPassphrase
from babilu.api.profile_commands import ReadValue as ReadValue
from babilu.api.profile_commands import ReceiptSettings as ReceiptSettings
from babilu.api.profile_commands import SetReceipts as SetReceipts
from babilu.api.profile_commands import StoredKeys as StoredKeys
from babilu.api.profile_commands import StoreValue as StoreValue
from babilu.api.voice_commands import DiscardRecording as DiscardRecording
from babilu.api.voice_commands import PlayRecording as PlayRecording
from babilu.api.voice_commands import PlayVoice as PlayVoice
from babilu.api.voice_commands import SendRecording as SendRecording
from babilu.api.voice_commands import StartRecording as StartRecording
from babilu.api.voice_commands import StopPlaying as StopPlaying
from babilu.api.voice_commands import StopRecording as StopRecording
from babilu.kernel.states import MENTIONED_ROLES as MENTIONED_ROLES
