import subprocess
import sys
from pathlib import Path

import pytest

import babilu


@pytest.mark.parametrize("name", babilu.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(babilu, name) is not None
    assert name in dir(babilu)


def test_a_name_that_is_none_of_the_librarys_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'babilu' has no attribute 'Nobody'"):
        babilu.Nobody  # noqa: B018 -- looking is what fails


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    code = "import sys, babilu; print([name for name in sys.modules if name.startswith('babilu.')])"
    source = str(Path(babilu.__file__).parent.parent)

    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert loaded == "['babilu.version']\n"


def test_every_public_name_has_a_home() -> None:
    assert {*babilu._HOMES, "__version__"} == set(babilu.__all__)
