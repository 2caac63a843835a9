from typing import Any, Protocol

import pytest

from babilu.crypto.kdf import equal, hkdf_sha256, hkdf_sha512, hmac_sha256
from babilu.crypto.secret import Secret
from tests.vectors.vectors import cases, unhex


class Derive(Protocol):
    def __call__(self, key: Secret, *, salt: bytes, info: bytes, size: int) -> Secret: ...


@pytest.mark.parametrize(
    ("derive", "vector"),
    [(hkdf_sha256, vector) for vector in cases("wycheproof_hkdf_sha256.json")]
    + [(hkdf_sha512, vector) for vector in cases("wycheproof_hkdf_sha512.json")],
)
def test_hkdf_derives_as_published(derive: Derive, vector: dict[str, Any]) -> None:
    key, salt, info = Secret(unhex(vector["ikm"])), unhex(vector["salt"]), unhex(vector["info"])
    if vector["result"] == "valid":
        assert derive(key, salt=salt, info=info, size=vector["size"]) == Secret(unhex(vector["okm"]))
    else:
        with pytest.raises(ValueError, match="larger than"):
            derive(key, salt=salt, info=info, size=vector["size"])


def test_hmac_authenticates_as_in_rfc_4231() -> None:
    assert (
        hmac_sha256(Secret(b"\x0b" * 20), b"Hi There").hex()
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )


def test_equal_compares_whole_values() -> None:
    assert equal(b"same", b"same")
    assert not equal(b"same", b"sama")
    assert not equal(b"same", b"sam")
