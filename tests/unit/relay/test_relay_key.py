from babilu.crypto.secret import Secret
from babilu.kernel.ids import DeviceId
from babilu.relay.base.keys import RelayKey, token_hash

ONE = RelayKey(Secret(bytes(32)))
OTHER = RelayKey(Secret(bytes(31) + b"\x01"))
DEVICE = DeviceId(bytes(16))


def test_it_shows_nothing() -> None:
    assert "00" not in repr(ONE)


def test_everything_it_derives_depends_on_it_and_on_what_it_is_for() -> None:
    derived = [
        value
        for key in (ONE, OTHER)
        for value in (
            key.share(DEVICE, "alice"),
            key.share(DEVICE, "bob"),
            key.share(DeviceId(b"\x01" * 16), "alice"),
            key.invented_salt("alice"),
            key.invented_salt("bob"),
            key.owner_token(0),
            key.owner_token(1),
            key.log_id(b"alice").encode(),
            key.public,
            key.signature_of(b"certificate"),
        )
    ]
    assert len(set(derived)) == len(derived)


def test_it_derives_the_same_again() -> None:
    assert ONE.share(DEVICE, "alice") == RelayKey(Secret(bytes(32))).share(DEVICE, "alice")


def test_the_hash_of_a_token_does_not_hold_the_token() -> None:
    token = b"0123456789abcdef"
    assert token not in token_hash(token)
    assert len(token_hash(token)) == 32
