"""Daemon launcher: a window that closes leaves its profile to a daemon, which gets the password by a pipe alone."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.views import ProfileView
from babilu.cli.profile_choice import written
from babilu.cli.secret_input import VARIABLE
from babilu.identity.names import normalise_name
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.presentation.strings import MisuseError, NobodyAnswersError

START_S: Final = 90.0
INPUT: Final = "/dev/stdin"


@dataclass(frozen=True, slots=True)
class DaemonBackground:
    """The binding of `babilu.api.client.Background` that starts `babilu daemon`.

    Attributes:
        command: What runs this program again.
        home: Folder of the profiles.
    """

    command: Sequence[str]
    home: Path

    def keep(self, profile: RelayProfile | DirectProfile) -> None:
        """Start a daemon for a profile, and wait until it hosts it; see `babilu.api.client.Background`."""
        if not hasattr(os, "fork"):
            raise MisuseError("no_daemons")
        relay = profile.address if isinstance(profile, RelayProfile) else None
        named = written(ProfileView("", normalise_name(profile.name), relay, in_use=False))
        arguments = ["daemon", "--background", "--profile", named, "--home", str(self.home.absolute())]
        listen = [] if profile.listen is None else ["--listen", str(profile.listen)]
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        try:
            done = subprocess.run(  # noqa: S603 -- this very program again
                [*self.command, *arguments, *listen, "--password-file", INPUT],
                input=profile.passphrase.reveal() + b"\n",
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                timeout=START_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NobodyAnswersError("daemon") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise LinkError(ErrorCode.UNAVAILABLE, said[-1]) if said else NobodyAnswersError("daemon")
