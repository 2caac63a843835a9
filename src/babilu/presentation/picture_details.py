"""What pictures say besides what they show, in words, for whoever is about to send them as files."""

from collections.abc import Iterable

from babilu.api.views import InspectedFileView
from babilu.kernel.states import PictureDetail
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import Strings


def details_words(say: Strings, details: Iterable[PictureDetail]) -> str:
    """List what a picture says: "the place where it was taken, the time"."""
    return ", ".join(say(f"detail.{detail.value}") for detail in details)


def inspected_words(say: Strings, file: InspectedFileView) -> str:
    """Say what a file is, and what it contains."""
    name = one_line(file.path.rpartition("/")[2])
    if not file.picture:
        return say("inspected.no_picture", name=name)
    if file.details:
        said = say("inspected.contains", name=name, details=details_words(say, file.details))
    else:
        said = say("inspected.nothing", name=name)
    return said if file.error is None else f"{said} {say(f'error.{file.error}')}"


def contained_words(say: Strings, files: Iterable[InspectedFileView]) -> str:
    """Say what the pictures among files contain; empty where they contain nothing."""
    return " ".join(inspected_words(say, file) for file in files if file.details)
