"""Babilu for scripts: a client that blocks where a script wants to wait, and bots."""

from babilu.api import views
from babilu.api.group_views import GroupInvitationView, GroupView
from babilu.api.views import Address, ContactView, HistoryPage, RequestView, SafetyNumberView, StatusView
from babilu.bot.handlers import Limit
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.library.account_bot import Bot
from babilu.library.client import Client, Message

__all__ = [
    "Address",
    "BabiluError",
    "Bot",
    "Client",
    "ContactView",
    "ErrorCode",
    "GroupInvitationView",
    "GroupView",
    "HistoryPage",
    "Limit",
    "Message",
    "RequestView",
    "SafetyNumberView",
    "StatusView",
    "views",
]
