from collections.abc import Iterator

import pytest

from babilu.crypto import password


@pytest.fixture(scope="module")
def cheap_passwords() -> Iterator[None]:
    """Allow costs of passwords that nobody should use: what is tested here is not Argon2id."""
    with pytest.MonkeyPatch.context() as allowed:
        allowed.setattr(password, "MEMORY_KIB_MIN", 8)
        allowed.setattr(password, "PASSES_MIN", 1)
        yield
