from typing import Any

import pytest

from babilu.crypto.aead import open_sealed, seal
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from tests.vectors.vectors import cases, unhex

WITH_A_NONCE = [vector for vector in cases("wycheproof_chacha20_poly1305.json") if len(vector["iv"]) == 24]


@pytest.mark.parametrize("vector", WITH_A_NONCE, ids=lambda vector: vector["tcId"])
def test_chacha20_poly1305_seals_and_opens_as_published(vector: dict[str, Any]) -> None:
    key, nonce, data = Secret(unhex(vector["key"])), unhex(vector["iv"]), unhex(vector["aad"])
    sealed = unhex(vector["ct"]) + unhex(vector["tag"])
    if vector["result"] == "valid":
        assert seal(key, nonce, unhex(vector["msg"]), data) == sealed
        assert open_sealed(key, nonce, sealed, data) == unhex(vector["msg"])
    else:
        with pytest.raises(CryptoError) as refused:
            open_sealed(key, nonce, sealed, data)
        assert refused.value.code is ErrorCode.DECRYPTION_FAILED


def test_a_ciphertext_shorter_than_its_tag_is_refused() -> None:
    with pytest.raises(CryptoError):
        open_sealed(Secret(bytes(32)), bytes(12), bytes(15), b"")
