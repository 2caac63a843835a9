"""Files of NATS' credentials are read as NATS' tools write them, and anything else is refused."""

import base64
from pathlib import Path

import pytest

from babilu.crypto.keys import verify
from babilu.kernel.errors import UsageError
from babilu.relay.bus.nats_credentials import LONGEST_BYTES, CredentialsFile, read_credentials
from tests.nats_accounts import ACCOUNT, NatsAccount, Nkey

KNOWN_SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
KNOWN_NKEY = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
"""A seed and its public key, as NATS' documentation of nkeys has them (user authentication by nkeys)."""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "node.creds"
    file.write_text(text)
    return file


def test_the_key_of_natss_documentation_is_read(tmp_path: Path) -> None:
    assert read_credentials(written(tmp_path, KNOWN_SEED)).nkey == KNOWN_NKEY


def test_a_file_of_credentials_has_a_certificate_and_the_key_that_signs(tmp_path: Path) -> None:
    text = NatsAccount().credentials()
    shown = read_credentials(written(tmp_path, text))
    assert shown.jwt
    assert shown.jwt in text
    verify(shown.key.public, b"", b"nonce", base64.b64decode(shown.sign("nonce")))


def test_a_key_does_not_print(tmp_path: Path) -> None:
    nkey = Nkey()
    assert nkey.seed not in repr(read_credentials(written(tmp_path, nkey.seed)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("SU", id="two letters"),
        pytest.param("no seed at all", id="words"),
        pytest.param(KNOWN_NKEY, id="the public key"),
        pytest.param(KNOWN_SEED.replace("A", "B", 1), id="a mistyped seed"),
        pytest.param(Nkey(ACCOUNT).seed, id="an account's seed"),
        pytest.param(NatsAccount().credentials().partition("-----BEGIN USER")[0], id="no seed"),
        pytest.param(NatsAccount().credentials().partition("****")[2], id="no certificate"),
        pytest.param(" " * LONGEST_BYTES + KNOWN_SEED, id="too long"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        read_credentials(written(tmp_path, text))


def test_what_was_read_last_stays_where_the_file_cannot_be_used_any_more(tmp_path: Path) -> None:
    path = written(tmp_path, KNOWN_SEED)
    file = CredentialsFile(path)
    path.write_text("half a fi")
    assert file.read().nkey == KNOWN_NKEY
    path.write_text((other := Nkey()).seed)
    assert file.read().nkey == other.public
