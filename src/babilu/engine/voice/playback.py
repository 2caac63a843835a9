"""Playback: what is played now, at most one voice note; all of it runs in one thread, but for what the player tells."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from babilu.api import events
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.voice.player import Player
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import PlayingState


@dataclass(frozen=True, slots=True)
class Track:
    """A voice note that is played.

    Attributes:
        conversation: Number of its conversation.
        label: What commands call that.
        conversation_id: Id of that.
        message: Its message; None for a recording that was not sent yet.
        index: Which of the message's files it is.
        attachment: Number of the file; None likewise.
        position: Of the message in its conversation.
        request_id: Of the command that plays it.
    """

    conversation: int
    label: str
    conversation_id: ConversationId
    message: MessageId | None = None
    index: int = 0
    attachment: int | None = None
    position: int = 0
    request_id: str | None = None


def stopped() -> LinkError:
    """Build the answer to whoever wanted to hear something, and was not let."""
    return LinkError(ErrorCode.CLOSED, "It was stopped before it could be heard.")


class Playback:
    """Plays one voice note after another.

    Args:
        bus: Tells how it goes.
        post: Has something done in the thread of all this.
        heard: Is told what is heard, once it is; in the player's thread.
        follows: Is told what has come to its end by itself, and the speed.
    """

    def __init__(
        self,
        bus: EventBus,
        post: Callable[[Callable[[], None]], object],
        heard: Callable[[Track], None],
        follows: Callable[[Track, int], None],
    ) -> None:
        self._bus = bus
        self._post = post
        self._heard = heard
        self._follows = follows
        self._player: Player | None = None
        self._track: Track | None = None
        self._speed = 100
        self._waiting: Future[Any] | None = None

    @property
    def track(self) -> Track | None:
        """What is played; None for nothing."""
        return self._track

    def play(self, track: Track, content: bytes, at: int, speed: int, future: "Future[Any] | None") -> None:
        """Play a voice note in place of what is played; the future ends once it is heard, or cannot be."""
        self.stop()
        tell = partial(self._tell, track, PlayingState.PLAYING, speed)

        def begun() -> None:
            self._heard(track)
            if future is not None and not future.done():
                future.set_result(None)

        def ended(error: BabiluError | None) -> None:
            self._post(lambda: self._end(player, track, speed, error))

        player = Player(content, at, speed, tell, begun, ended)
        self._player, self._track, self._speed, self._waiting = player, track, speed, future
        player.start()

    def stop(self) -> None:
        """Be silent; whoever still waits to hear something is told that it was stopped."""
        player, track, self._player, self._track = self._player, self._track, None, None
        if player is not None and track is not None:
            player.stop()
            if player.has_begun:
                self._tell(track, PlayingState.PAUSED, self._speed, player.position)
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(stopped())

    def _end(self, player: Player, track: Track, speed: int, error: BabiluError | None) -> None:
        """Hear that a player has come to an end by itself; one that another has followed meanwhile was stopped."""
        if player is not self._player:
            return
        waiting, self._waiting = self._waiting, None
        self._player = self._track = None
        if error is None:
            self._tell(track, PlayingState.ENDED, speed, player.position)
            self._follows(track, speed)
        elif waiting is not None and not waiting.done():
            waiting.set_exception(error)
        else:
            self._tell(track, PlayingState.FAILED, speed, player.position, error.code.value)

    def _tell(self, track: Track, state: PlayingState, speed: int, position: int, error: str | None = None) -> None:
        self._bus.tell(
            events.PlayingChanged(
                track.label,
                track.conversation_id,
                track.message,
                track.index,
                state,
                position,
                speed,
                error,
                request_id=track.request_id,
            )
        )
