"""Listing of a folder's profiles, without opening any and without what opening one needs."""

from pathlib import Path

from babilu.api import views
from babilu.store.profile_files import is_in_use, list_profiles


def list_profiles_in(home: Path) -> tuple[views.ProfileView, ...]:
    """List the profiles in a folder, by name."""
    found = (
        views.ProfileView(
            path=str(paths.database),
            name=paths.name,
            relay=None if paths.relay is None else views.Address(*paths.relay),
            in_use=is_in_use(paths),
        )
        for paths in list_profiles(home)
    )
    return tuple(sorted(found, key=lambda profile: profile.name))
