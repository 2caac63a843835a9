"""The picture that one shows of oneself: chosen from the disk, or taken away."""

from PySide6.QtWidgets import QFileDialog, QWidget

from babilu.api import commands as c
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.portraits import OWN
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, PlainLabel, column, row
from babilu.kernel.errors import BabiluError

ENDINGS = "*.jpg *.jpeg *.png *.webp *.gif *.heic"


class OwnPicturePart(QWidget):
    """Shows it, and changes it.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel) -> None:
        super().__init__()
        self._client_model = client_model
        self.dialog: QFileDialog | None = None
        self.avatar = Avatar(theme, m.AVATAR)
        self.choose_button = Button("")
        self.remove_button = Button("")
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        across = row(spacing=m.SMALL)
        for widget in (self.avatar, self.choose_button, self.remove_button):
            across.addWidget(widget)
        stack = column(self, m.TINY)
        stack.addLayout(across)
        stack.addWidget(self.error)
        self.choose_button.clicked.connect(self.choose)
        self.remove_button.clicked.connect(lambda: self.set(None))
        client_model.overview.changed.connect(self._follow)
        self._follow()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.choose_button.setText(translate("Settings", "Choose…"))
        self.choose_button.setAccessibleName(translate("Settings", "Choose a picture of you"))
        self.remove_button.setText(translate("Settings", "Remove"))
        self.remove_button.setAccessibleName(translate("Settings", "Remove the picture of you"))

    def choose(self) -> None:
        """Let the user choose a picture."""
        dialog = self.dialog = QFileDialog(self.window(), translate("Settings", "Choose a picture of you"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{translate('Settings', 'Pictures')} ({ENDINGS})")
        dialog.fileSelected.connect(self.set)
        dialog.open()

    def set(self, path: str | None) -> None:
        """Show a picture from now on, or none."""
        self.error.hide()
        self._client_model.bridge.request(c.SetProfilePicture(path), None, self._refused)

    def _refused(self, error: BabiluError) -> None:
        self.error.setText(sentence_for(error))
        self.error.show()

    def _follow(self) -> None:
        overview = self._client_model.overview
        self.avatar.show_name(overview.name, OWN)
        self.remove_button.setVisible(overview.picture is not None)
