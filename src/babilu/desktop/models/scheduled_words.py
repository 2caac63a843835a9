"""How texts that are sent later are said."""

from babilu.api.views import ScheduledView
from babilu.desktop.language import translate


def waiting_words(waiting: tuple[ScheduledView, ...]) -> str:
    """Say how many texts are sent later, or that one was not sent in time."""
    late = sum(each.overdue for each in waiting)
    if late:
        return translate("Scheduled", "%n text(s) not sent in time. Send now?", None, late)
    return translate("Scheduled", "%n text(s) sent later", None, len(waiting))
