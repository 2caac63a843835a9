"""Room on this device: what takes how much, and the way to delete older files of messages here."""

from collections.abc import Callable
from typing import Final

from babilu.api import commands as c
from babilu.api.views import ConversationSpaceView, FreedSpaceView, FreeingPlanView, SpaceView
from babilu.kernel.limits import DAY_MS
from babilu.presentation.durations import duration
from babilu.presentation.sizes import size_text
from babilu.presentation.space_model import AGES, SHOWN
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraph, paragraphs, table
from babilu.terminal.app.sheets import Sheet, titled
from babilu.terminal.app.spans import Line
from babilu.terminal.app.themes import Ink

DAY_S: Final = DAY_MS // 1_000


class SpaceDialogs(Dialogs):
    """Sheets about room on the disk."""

    def show(self) -> None:
        """Show what takes how much."""
        self._client_model.ask(c.SpaceUse(), self.show_use)

    def show_use(self, use: SpaceView) -> None:
        """Show what takes how much, and what can be done about it."""
        rows = [
            (self._say("app.space.database"), size_text(use.database, self._say.point)),
            (self._say("app.space.files"), size_text(use.files, self._say.point)),
        ]
        taking = [each for each in use.conversations if each.octets][:SHOWN]
        rows += [(self._called(each.conversation), self._room(each)) for each in taking]

        def lines(width: int) -> list[Line]:
            return [*table(rows, width), (), *paragraph(self._say("app.space.note"), width, Ink.FAINT)]

        acts = (
            Act(self._say("app.do.close"), bool),
            Act(titled(self._say("app.do.free")), lambda: self._choose_age(taking)),
        )
        self._host.put(Sheet(titled(self._say("app.do.space")), lines, acts))

    def show_plan(self, command: c.PlanFreeing, plan: FreeingPlanView) -> None:
        """Show what would be deleted, and delete exactly that where the person says so."""
        if plan.files:
            text = [
                self._say("free.plan", count=plan.files, size=size_text(plan.octets, self._say.point)),
                self._say("free.again"),
            ]
        else:
            text = [self._say("free.nothing")]
        if plan.own:
            text.append(self._say("free.own", count=plan.own))
        if plan.kept:
            text.append(self._say("free.kept", count=plan.kept))
        order = c.FreeSpace(command.before, plan.approval, command.conversation, command.kinds)
        acts = [Act(self._say("app.do.cancel"), bool)]
        if plan.files:
            acts.append(Act(self._say("app.do.delete"), lambda: self.free(order), grave=True))
        self._host.put(Sheet(titled(self._say("app.do.free")), paragraphs(*text), acts))

    def free(self, order: c.FreeSpace) -> None:
        """Delete what was approved."""

        def done(freed: FreedSpaceView) -> None:
            self._host.say_so(self._say("free.done", count=freed.files, size=size_text(freed.octets, self._say.point)))

        self._client_model.ask(order, done)

    def _choose_age(self, taking: list[ConversationSpaceView]) -> None:
        """Let the person choose how old, and after that where."""

        def place(days: int) -> Callable[[], None]:
            return lambda: self._choose_place(days, taking)

        self._choose(self._say("app.free.age"), [(self._age(days), place(days)) for days in AGES])

    def _choose_place(self, days: int, taking: list[ConversationSpaceView]) -> None:
        before = self._around.clock.now_ms() - days * DAY_MS

        def plan(place: str | None) -> Callable[[], None]:
            command = c.PlanFreeing(before, place)
            return lambda: self._client_model.ask(command, lambda plan: self.show_plan(command, plan))

        offers = [(self._say("app.free.everywhere"), plan(None))]
        offers += [
            (
                f"{self._called(each.conversation)}  {size_text(each.octets, self._say.point)}",
                plan(each.conversation_id.hex()),
            )
            for each in taking
        ]
        self._choose(self._say("app.free.place"), offers)

    def _age(self, days: int) -> str:
        return (
            self._say("app.free.older", time=duration(self._say, days * DAY_S)) if days else self._say("app.free.all")
        )

    def _room(self, room: ConversationSpaceView) -> str:
        parts = (("pictures", room.pictures), ("voice", room.voice), ("documents", room.files))
        return ", ".join(
            self._say(f"space.{kind}", size=size_text(octets, self._say.point)) for kind, octets in parts if octets
        )
