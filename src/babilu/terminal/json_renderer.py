"""Speaks JSON: one object a line on standard output, and nothing else there."""

from collections.abc import Sequence

from babilu.api import events as e
from babilu.api.views import MessageView
from babilu.presentation.json_line import json_line
from babilu.presentation.json_members import Members, describe_arrival, describe_error
from babilu.presentation.strings import Strings
from babilu.terminal.json_answers import describe_answer
from babilu.terminal.json_events import describe_event, describe_former_alarm
from babilu.terminal.ordered_command import OrderedCommand, Tag
from babilu.terminal.output import Output
from babilu.terminal.renderer import Problem
from babilu.terminal.tags import Tagged


class JsonRenderer:
    """Says everything as JSON, and on standard error to people why the program ends.

    Args:
        output: Where the lines go.
        people: Where a person may be reading.
        strings: The person's language.
    """

    reads_aloud = False

    def __init__(self, output: Output, people: Output, strings: Strings) -> None:
        self._output = output
        self._people = people
        self._strings = strings

    def event(self, tagged: Tagged) -> None:
        members = describe_event(tagged.event)
        if members is not None:
            self._say(members, tagged.tag)
        if isinstance(tagged.event, e.AlarmRaised):
            self._say(describe_former_alarm(tagged.event))

    def messages(self, messages: Sequence[MessageView]) -> None:
        for message in messages:
            self._say({"event": "message", **describe_arrival(message)})

    def answer(self, order: OrderedCommand, answer: object) -> None:
        self._say(describe_answer(order, answer), order.tag)

    def problem(self, problem: Problem) -> None:
        order = problem.order
        members = describe_error(problem.error)
        if order is not None and order.do:
            members["do"] = order.do
        if order is not None and order.about:
            members["name"] = order.about
        if problem.fatal:
            members["fatal"] = True
        self._say(members, order.tag if order else None)
        if problem.fatal:
            self._people.line(self._strings.error(problem.error))

    def flush(self) -> None:
        """Nothing is kept back."""

    def _say(self, members: Members, tag: Tag | None = None) -> None:
        if tag is not None:
            members["tag"] = tag
        self._output.line(json_line(members))
