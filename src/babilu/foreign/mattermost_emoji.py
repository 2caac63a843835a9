"""Mattermost's short names of emoji: the common ones, and those that are Unicode's; others stay names."""

import unicodedata
from typing import Final

from babilu.kernel.limits import REACTION_BYTES
from babilu.kernel.plain_text import cleaned

_NAMES: Final = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "100": "💯", "clap": "👏", "wave": "👋",
    "raised_hands": "🙌", "pray": "🙏", "muscle": "💪", "ok_hand": "👌", "v": "✌️", "point_up": "☝️",
    "point_right": "👉", "point_left": "👈", "point_down": "👇", "handshake": "🤝", "eyes": "👀", "brain": "🧠",
    "smile": "😄", "smiley": "😃", "grinning": "😀", "grin": "😁", "laughing": "😆", "satisfied": "😆", "joy": "😂",
    "rolling_on_the_floor_laughing": "🤣", "rofl": "🤣", "sweat_smile": "😅", "wink": "😉", "blush": "😊",
    "slightly_smiling_face": "🙂", "upside_down_face": "🙃", "heart_eyes": "😍", "kissing_heart": "😘", "yum": "😋",
    "sunglasses": "😎", "thinking": "🤔", "thinking_face": "🤔", "neutral_face": "😐", "expressionless": "😑",
    "face_with_rolling_eyes": "🙄", "roll_eyes": "🙄", "smirk": "😏", "relieved": "😌", "pensive": "😔", "cry": "😢",
    "sob": "😭", "disappointed": "😞", "confused": "😕", "slightly_frowning_face": "🙁", "scream": "😱",
    "open_mouth": "😮", "flushed": "😳", "angry": "😠", "rage": "😡", "sleeping": "😴", "mask": "😷",
    "partying_face": "🥳", "hugs": "🤗", "hugging_face": "🤗", "exploding_head": "🤯", "star_struck": "🤩",
    "shrug": "🤷", "facepalm": "🤦", "heart": "❤️", "yellow_heart": "💛", "green_heart": "💚", "blue_heart": "💙",
    "purple_heart": "💜", "black_heart": "🖤", "orange_heart": "🧡", "broken_heart": "💔", "two_hearts": "💕",
    "sparkling_heart": "💖", "fire": "🔥", "sparkles": "✨", "star": "⭐", "zap": "⚡", "boom": "💥", "tada": "🎉",
    "confetti_ball": "🎊", "gift": "🎁", "birthday": "🎂", "cake": "🍰", "beer": "🍺", "beers": "🍻", "coffee": "☕",
    "tea": "🍵", "pizza": "🍕", "popcorn": "🍿", "trophy": "🏆", "medal_sports": "🏅", "rocket": "🚀", "bulb": "💡",
    "memo": "📝", "pencil": "📝", "pushpin": "📌", "link": "🔗", "lock": "🔒", "key": "🔑", "bug": "🐛", "wrench": "🔧",
    "white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌", "no_entry": "⛔",
    "warning": "⚠️", "question": "❓", "exclamation": "❗",
    "arrow_up": "⬆️", "arrow_down": "⬇️", "ok": "🆗", "skull": "💀", "ghost": "👻", "robot": "🤖", "poop": "💩",
    "sunny": "☀️", "rainbow": "🌈", "snowflake": "❄️", "dog": "🐶", "cat": "🐱", "see_no_evil": "🙈", "turtle": "🐢",
}  # fmt: skip


def emoji_named(name: str) -> str:
    """Return the emoji of a short name; an emoji of the server's own keeps its name between colons."""
    known = _NAMES.get(name)
    if known is not None:
        return known
    try:
        found = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return _named(name)
    return found if unicodedata.category(found) == "So" else _named(name)


def _named(name: str) -> str:
    return f":{cleaned(name).encode()[: REACTION_BYTES - 2].decode('utf-8', 'ignore')}:"
