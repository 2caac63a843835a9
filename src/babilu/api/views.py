"""Frozen pictures of the client's state, made for showing: no keys, no sockets, no database rows.

Text in a view may come from others: show it as plain text, never as markup.
"""

from babilu.api.connection_views import Address as Address
from babilu.api.connection_views import ExaminationView as ExaminationView
from babilu.api.connection_views import HeldTableView as HeldTableView
from babilu.api.connection_views import HoldingsView as HoldingsView
from babilu.api.connection_views import LinkState as LinkState
from babilu.api.connection_views import OwnKeys as OwnKeys
from babilu.api.connection_views import PeerState as PeerState
from babilu.api.connection_views import PresenceState as PresenceState
from babilu.api.connection_views import StatusView as StatusView
from babilu.api.contact_views import LABEL_MARK as LABEL_MARK
from babilu.api.contact_views import NOTES_LABEL as NOTES_LABEL
from babilu.api.contact_views import ContactView as ContactView
from babilu.api.contact_views import ConversationView as ConversationView
from babilu.api.contact_views import PendingNumberView as PendingNumberView
from babilu.api.contact_views import RequestView as RequestView
from babilu.api.contact_views import SafetyNumberView as SafetyNumberView
from babilu.api.contact_views import TimerView as TimerView
from babilu.api.file_views import ConversationSpaceView as ConversationSpaceView
from babilu.api.file_views import FileView as FileView
from babilu.api.file_views import FreedFileView as FreedFileView
from babilu.api.file_views import FreedSpaceView as FreedSpaceView
from babilu.api.file_views import FreeingPlanView as FreeingPlanView
from babilu.api.file_views import InspectedFileView as InspectedFileView
from babilu.api.file_views import PictureView as PictureView
from babilu.api.file_views import PreviewView as PreviewView
from babilu.api.file_views import RecordingView as RecordingView
from babilu.api.file_views import SavedFileView as SavedFileView
from babilu.api.file_views import SpaceView as SpaceView
from babilu.api.import_views import ImportedChatView as ImportedChatView
from babilu.api.import_views import ImportedPersonView as ImportedPersonView
from babilu.api.import_views import ImportLossView as ImportLossView
from babilu.api.import_views import ImportView as ImportView
from babilu.api.message_views import DeviceStateView as DeviceStateView
from babilu.api.message_views import HistoryPage as HistoryPage
from babilu.api.message_views import MediaPage as MediaPage
from babilu.api.message_views import MentionView as MentionView
from babilu.api.message_views import MessageInfoView as MessageInfoView
from babilu.api.message_views import MessageView as MessageView
from babilu.api.message_views import PinView as PinView
from babilu.api.message_views import QuotedFileView as QuotedFileView
from babilu.api.message_views import QuoteView as QuoteView
from babilu.api.message_views import ReactionView as ReactionView
from babilu.api.message_views import ScheduledView as ScheduledView
from babilu.api.message_views import WordingView as WordingView
from babilu.api.message_views import quoted_files as quoted_files
from babilu.api.message_views import without_words as without_words
from babilu.api.profile_views import ContactLinkView as ContactLinkView
from babilu.api.profile_views import PrivacySwitch as PrivacySwitch
from babilu.api.profile_views import ProfilePictureView as ProfilePictureView
from babilu.api.profile_views import ProfileView as ProfileView
from babilu.api.profile_views import ReceiptsView as ReceiptsView
