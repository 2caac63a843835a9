"""What an alarm says to people: its sentence, and what they can do; one table for every user interface."""

from dataclasses import dataclass

from babilu.api.events import AlarmRaised
from babilu.presentation.strings import Strings


@dataclass(frozen=True, slots=True)
class AlarmText:
    """An alarm in words.

    Attributes:
        sentence: What was noticed.
        advice: What the user can do.
    """

    sentence: str
    advice: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.advice}"


def alarm_text(alarm: AlarmRaised, say: Strings, name: str) -> AlarmText:
    """Put an alarm into words.

    Args:
        alarm: The alarm.
        say: The language.
        name: The contact's name, made harmless for where it is shown; empty for none.
    """
    who = name or say("alarm.somebody")
    return AlarmText(say(f"alarm.{alarm.alarm}", name=who), say(f"alarm.{alarm.alarm}.advice", name=who))
