import pytest

from babilu.engine.commands.direct_callbacks import may_be_called_back


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 6379), ("127.8.8.8", 7001), ("::1", 7001), ("192.0.2.7", 22), ("2001:db8::7", 1023)],
)
def test_a_caller_does_not_choose_which_service_of_a_machine_is_connected_to(host: str, port: int) -> None:
    assert not may_be_called_back(host, port)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.7", 1024), ("2001:db8::7", 7001), ("fe80::1%eth0", 65535)])
def test_where_a_caller_on_another_machine_listens_it_is_called_back(host: str, port: int) -> None:
    assert may_be_called_back(host, port)
