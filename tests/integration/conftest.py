"""Clients here derive no key at the product's price, which was most of what opening one costs."""

from collections.abc import Iterator

import pytest

from tests.quick_passwords import costly_passwords, quick_passwords


@pytest.fixture(scope="module", autouse=True)
def passwords_are_quick() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def profile_of_another_process() -> Iterator[None]:
    """Let a test open a profile that another process has made."""
    with costly_passwords():
        yield
