"""Two people talk without a relay: requests, decisions, calls and their tags."""

from tests.e2e.processes import JsonProcess, Processes


def address_of(peer: JsonProcess) -> tuple[str, int]:
    """Tell where somebody listens."""
    host, _, port = str(peer.of("listening")[0]["address"]).rpartition(":")
    return host, int(port)


def call(caller: JsonProcess, called: JsonProcess, tag: str) -> str:
    """Start a direct conversation; give the address that was called."""
    host, port = address_of(called)
    caller.do("call", ip=host, port=port, tag=tag)
    return f"{host}:{port}"


def test_a_stranger_waits_for_a_decision_and_both_see_one_safety_number(processes: Processes) -> None:
    carol, dave = processes.peer("carol"), processes.peer("dave")
    assert carol.of("ready")[0]["relay"] is None
    address = call(dave, carol, "c1")
    request = carol.take("request", name="dave")
    half = dave.take("pending", address=address, tag="c1")["own_digits"]
    assert half in {request["safety_number"][:30], request["safety_number"][30:]}
    dave.do("status")
    assert dave.take("status")["own_digits"] == half
    carol.do("requests", tag="r")
    assert carol.take("requests", tag="r")["requests"][0]["id"] == request["id"]
    carol.do("accept", id=request["id"], tag="a1")
    incoming = carol.take("peer", name="dave", state="connected", route="direct", tag="a1")
    outgoing = dave.take("peer", name="carol", state="connected", route="direct", tag="c1")
    assert request["safety_number"] == incoming["safety_number"] == outgoing["safety_number"]

    sent = dave.send("carol", "no relay", tag="m1")
    message = carol.take("message", text="no relay", route="direct", conversation="dave")
    assert message["id"] == sent
    dave.take("state", id=sent, state="delivered", tag="m1")
    assert dave.of("state", id=sent, state="held") == []

    carol.do("hangup", name="dave", tag="h1")
    carol.take("peer", name="dave", state="disconnected", tag="h1")
    dave.take("peer", name="carol", state="disconnected")

    # A known person is answered at once.
    call(dave, carol, "c2")
    dave.take("peer", name="carol", state="connected", tag="c2")
    assert len(carol.of("request")) == 1
    for peer in (carol, dave):
        peer.end_input()
        assert peer.wait() == 0
        assert peer.errors == []
        assert peer.garbage == []


def test_a_declined_stranger_is_told_nothing(processes: Processes) -> None:
    carol, dave = processes.peer("carol"), processes.peer("dave")
    call(dave, carol, "c1")
    carol.take("request", name="dave")
    carol.do("decline", name="dave", tag="d1")
    carol.take("done", do="decline", tag="d1")
    carol.do("requests", tag="r")
    assert carol.take("requests", tag="r")["requests"] == []
    dave.take("pending", tag="c1")
    assert dave.of("peer") == []
    carol.do("accept", name="dave", tag="late")
    carol.take("error", tag="late", code="not_found")


def test_calls_that_come_to_nothing_and_ports_that_are_taken_are_errors_with_their_tag(processes: Processes) -> None:
    carol, dave = processes.peer("carol"), processes.peer("dave")
    host, port = address_of(carol)
    dave.do("listen", ip=host, port=port, tag="l1")
    dave.take("error", tag="l1")
    dave.do("listen", ip="127.0.0.1", port=0, tag="l2")
    dave.take("listening", tag="l2")
    carol.do("listen", state="off", tag="l3")
    carol.take("listening", tag="l3", address=None)
    dave.do("call", ip=host, port=port, tag="c1")
    dave.take("error", tag="c1", code="unavailable", address=f"{host}:{port}")
    dave.do("call", ip="nobody.invalid", port=port, tag="c2")
    dave.take("error", tag="c2")
    dave.do("send", to="stranger", text="x", tag="s1")
    dave.take("error", tag="s1", code="not_found")
