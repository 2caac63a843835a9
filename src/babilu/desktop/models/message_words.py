"""How messages are said in words: on the screen, in tool tips, and to screen readers; spoilers stay hidden."""

from typing import Final, assert_never

from babilu.api.views import NOTES_LABEL, MessageView, QuoteView, ReactionView
from babilu.desktop.language import clock_time, countable, full_time, translate
from babilu.desktop.models.file_words import files_spoken, files_words, quoted_files_words
from babilu.desktop.models.group_words import change_line, say
from babilu.desktop.plain_text import one_line, person, shown
from babilu.kernel.states import ImportSource, MessageKind, MessageState, TextState
from babilu.presentation.emoji import shown_reaction
from babilu.presentation.formatting import without_marks
from babilu.presentation.group_words import audience_line, lacking_line, removed_line
from babilu.presentation.line_keys import changed_devices

SAID: Final = 2_000
"""Characters of a text that a screen reader is given."""

QUOTED: Final = 160
NAMES: Final = 20
"""Names that a tool tip holds."""

FILES_SIGN: Final = "\N{PAPERCLIP}"
"""In front of the files of a quoted message that has no text."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400

PROGRAMS: Final = {ImportSource.WHATSAPP: "WhatsApp", ImportSource.MATTERMOST: "Mattermost"}
"""Names of the programs whose exports are read; they are the same in every language."""


def line_text(message: MessageView, own: str = "") -> str:
    """Say what a line about the conversation says; it is drawn as no message can look."""
    if message.kind is MessageKind.GROUP:
        return change_line(message, own)
    name = person(message.conversation)
    if message.missing is not None:
        missing = countable(message.missing)
        return translate("Message", "%n message(s) of {0} are missing here.", None, missing).format(name)
    if message.kind is MessageKind.DEVICES_CHANGED and message.conversation == NOTES_LABEL:
        if message.devices:
            return translate(
                "Message",
                "Your devices changed on {0}: {1}. If that was not you, change your password and remove the device "
                "that you do not know.",
            ).format(full_time(message.at), changed_devices(message, say(), person))
        return translate(
            "Message",
            "Your devices changed on {0}. If that was not you, change your password and remove the device that you do "
            "not know.",
        ).format(full_time(message.at))
    if message.kind is MessageKind.DEVICES_CHANGED:
        return translate("Message", "The devices of {0} changed on {1}.").format(name, full_time(message.at))
    return translate("Message", "The key of {0} changed on {1}.").format(name, full_time(message.at))


def tombstone(message: MessageView, own: str = "") -> str:
    """Say what stands in the place of a message that its author, or an admin, has deleted for all."""
    if message.hidden_by is not None:
        return removed_line(message, say(), own, person)
    if message.outgoing:
        return translate("Message", "You deleted this message")
    return translate("Message", "{0} deleted this message").format(person(message.sender))


def body(message: MessageView, characters: int = SAID, own: str = "") -> str:
    """Give the words of a message as they read, without marks and with spoilers hidden."""
    if message.kind is not MessageKind.TEXT:
        return line_text(message, own)
    if message.deleted:
        return tombstone(message, own)
    return shown(without_marks(message.text[: 2 * characters]), characters).text or files_words(message)


def body_line(message: MessageView, characters: int = QUOTED, own: str = "") -> str:
    """Give the words of a message in one line."""
    return one_line(body(message, characters, own), characters)


def quote_title(message: MessageView, quote: QuoteView, own: str) -> str:
    """Say whose words a quote shows, or who says that they are somebody's."""
    if quote.known:
        return translate("Message", "You") if quote.sender == own else person(quote.sender)
    if message.outgoing:
        return translate("Message", "As quoted by you")
    return translate("Message", "As quoted by {0}").format(person(message.sender))


def quote_line(quote: QuoteView) -> str:
    """Give the words of a quote in one line."""
    if quote.text:
        return one_line(without_marks(quote.text), QUOTED)
    files = quoted_files_words(quote)
    return f"{FILES_SIGN} {files}" if files else translate("Message", "This message is gone")


def spoken(message: MessageView, own: str = "", *, revealed: bool = False) -> str:
    """Say a message for a screen reader: who, to what, what, when, and how far it has come."""
    if message.kind is not MessageKind.TEXT:
        return line_text(message, own)
    parts = [tombstone(message, own)] if message.deleted else [_said_by(message, own, revealed=revealed)]
    parts.append(time_shown(message))
    if message.late:
        parts.append(translate("Message", "came late"))
    if message.pinned:
        parts.append(translate("Message", "pinned"))
    if message.timer is not None:
        parts.append(translate("Message", "disappears"))
    parts.extend(f"{shown_reaction(each.emoji)} {len(each.people)}" for each in message.reactions)
    if message.state is not None and not message.deleted:
        parts.append(state_words_of(message))
    return ", ".join(parts)


def origin_of(message: MessageView) -> str:
    """Say by whose word a message stands here, where it is not its author's alone; empty where it is."""
    parts = [translate("Message", "Forwarded")] if message.forwarded else []
    if message.shared_by is not None:
        parts.append(translate("Message", "Shared by {0}").format(person(message.shared_by)))
    if message.imported is not None:
        parts.append(imported_words(message.imported))
    return ", ".join(parts)


def imported_words(source: ImportSource) -> str:
    """Say which program has exported what was imported."""
    return translate("Message", "Imported from {0}").format(PROGRAMS[source])


def _said_by(message: MessageView, own: str, *, revealed: bool) -> str:
    sender = translate("Message", "You") if message.outgoing else person(message.sender)
    if message.forwarded:
        sender = translate("Message", "{0}, forwarded").format(sender)
    if message.shared_by is not None:
        sender = translate("Message", "{0}, shared by {1}").format(sender, person(message.shared_by))
    if message.imported is not None:
        sender = f"{sender}, {imported_words(message.imported)}"
    text = shown(message.text, SAID).text if revealed else body(message)
    if message.files:
        text = f"{text}. {files_spoken(message.files)}" if message.text else files_spoken(message.files)
    quote = message.reply_to
    if quote is None:
        return f"{sender}: {text}"
    if not quote.text and not quote.files:
        return translate("Message", "{0}, in reply to a message that is gone: {1}").format(sender, text)
    if not quote.known:
        return translate("Message", "{0}, in reply to a message that is not here: {1}").format(sender, text)
    if quote.sender == own:
        return translate("Message", "{0}, in reply to you: {1}").format(sender, text)
    return translate("Message", "{0}, in reply to {1}: {2}").format(sender, person(quote.sender), text)


def time_shown(message: MessageView) -> str:
    """Tell when a message was sent, whether it was edited, and what else its time has to say."""
    time = clock_time(message.at)
    if message.edited_at is not None:
        time = f"{translate('Message', 'edited')} · {time}"
    if message.departed:
        time = f"{translate('Message', 'from a removed device')} · {time}"
    if message.needs_newer:
        time = f"{translate('Message', 'needs a newer Babilu')} · {time}"
    return time if message.text_state is None else f"{_rest(message, message.text_state)} · {time}"


def _rest(message: MessageView, state: TextState) -> str:
    """Say how the rest of a long text stands."""
    if state is TextState.OFFERED:
        return translate("Message", "the rest comes once you accept")
    if state is not TextState.FAILED:
        return translate("Message", "the rest is on its way")
    if message.outgoing and message.device is None:
        return translate("Message", "the rest could not be given to the relay")
    return translate("Message", "the rest could not be fetched")


def time_left(message: MessageView, now_ms: int) -> str:
    """Say how long a message stays, or how long it will once it was shown; empty for one that stays for good."""
    if message.timer is None:
        return ""
    if message.expires_at is None:
        return duration(message.timer)
    return duration(max(0, -(-(message.expires_at - now_ms) // 1000)))


def duration(seconds: int) -> str:
    """Write a time as briefly as a mark needs it, rounded up to one unit."""
    if seconds < MINUTE:
        return translate("Message", "{0} s").format(seconds)
    if seconds < HOUR:
        return translate("Message", "{0} min").format(-(-seconds // MINUTE))
    if seconds < 2 * DAY and seconds != DAY:
        return translate("Message", "{0} h").format(-(-seconds // HOUR))
    return translate("Message", "{0} d").format(-(-seconds // DAY))


def who_reacted(reaction: ReactionView, own: str) -> str:
    """Name those who reacted in one way."""
    names = [translate("Message", "You") if name == own else person(name) for name in reaction.people[:NAMES]]
    more = len(reaction.people) - len(names)
    if more > 0:
        names.append(translate("Message", "and %n more", None, more))
    return f"{shown_reaction(reaction.emoji)} {', '.join(names)}"


def state_name(state: MessageState) -> str:
    """Name a state for people."""
    match state:
        case MessageState.QUEUED:
            return translate("Message", "waiting to be sent")
        case MessageState.HELD:
            return translate("Message", "held by the relay")
        case MessageState.DELIVERED:
            return translate("Message", "delivered")
        case MessageState.READ:
            return translate("Message", "read")
        case MessageState.FAILED:
            return translate("Message", "not sent")
        case _:
            assert_never(state)


def state_words_of(message: MessageView) -> str:
    """Say how far an own message has come: in a group how many people have it, and how many do not."""
    if message.state is None:
        return ""
    audience = message.audience
    if audience is None or message.state in {MessageState.QUEUED, MessageState.FAILED}:
        return state_name(message.state)
    return " · ".join(filter(None, (audience_line(audience, say()), lacking_line(audience, say()))))


def state_sentence(message: MessageView, now_ms: int = 0) -> str:
    """Explain a message's state for its tool tip."""
    parts = [full_time(message.at)]
    if message.edited_at is not None:
        parts.append(translate("Message", "edited {0}").format(full_time(message.edited_at)))
    if message.late:
        parts.append(translate("Message", "It came late: press its time to see where it belongs."))
    elif message.state is MessageState.HELD and message.held_until is not None:
        parts.append(translate("Message", "held by the relay until {0}").format(full_time(message.held_until)))
    elif message.state is not None:
        parts.append(state_words_of(message))
    if message.expires_at is not None:
        parts.append(translate("Message", "disappears here in {0}").format(time_left(message, now_ms)))
    elif message.timer is not None:
        parts.append(translate("Message", "disappears {0} after it was shown").format(duration(message.timer)))
    return " · ".join(parts)
