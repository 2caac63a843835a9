"""What a picture says besides what it shows, in words, beside a file that is to be sent."""

from typing import assert_never

from babilu.api.views import InspectedFileView
from babilu.desktop.language import translate
from babilu.kernel.states import PictureDetail


def contents_words(file: InspectedFileView, *, as_file: bool) -> str:
    """Say what goes along with a picture, or what is left out of it; empty where there is nothing to say."""
    if file.error is not None and not as_file:
        return translate("Attachments", "This picture can be sent only as a file")
    if not file.details:
        return ""
    details = ", ".join(map(detail_words, file.details))
    if as_file:
        return translate("Attachments", "Contains {0}").format(details)
    return translate("Attachments", "Sent without {0}").format(details)


def detail_words(detail: PictureDetail) -> str:
    """Say what one of these is."""
    match detail:
        case PictureDetail.PLACE:
            return translate("Attachments", "the place where it was taken")
        case PictureDetail.TIME:
            return translate("Attachments", "the time when it was taken or changed")
        case PictureDetail.CAMERA:
            return translate("Attachments", "the camera and its settings")
        case PictureDetail.PERSON:
            return translate("Attachments", "somebody's name")
        case PictureDetail.TEXT:
            return translate("Attachments", "a title, a comment or keywords")
        case PictureDetail.THUMBNAIL:
            return translate("Attachments", "another picture, such as a small one of an earlier state")
        case PictureDetail.SOFTWARE:
            return translate("Attachments", "the program that made it")
        case PictureDetail.OTHER:
            return translate("Attachments", "other data")
        case _:
            assert_never(detail)
