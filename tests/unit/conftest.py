from collections.abc import Iterator

import pytest

from babilu.crypto import password
from tests.quick_passwords import quick_passwords


@pytest.fixture(scope="module")
def cheap_passwords() -> Iterator[None]:
    """Allow costs of passwords that nobody should use: what is tested here is not Argon2id."""
    with pytest.MonkeyPatch.context() as allowed:
        allowed.setattr(password, "MEMORY_KIB_MIN", 8)
        allowed.setattr(password, "PASSES_MIN", 1)
        yield


@pytest.fixture(scope="module")
def passwords_are_quick() -> Iterator[None]:
    """Have clients of this process open at once; their files say the product's costs."""
    with quick_passwords():
        yield
