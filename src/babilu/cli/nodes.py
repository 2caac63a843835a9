"""`babilu admin nodes`, `drain`, `undrain` and `node-key`: a relay of several nodes, and this one among them."""

from pathlib import Path

from babilu.cli.admin_base import AdminBase, order
from babilu.cli.parameters import FilePath, argument


@order("admin.nodes")
def nodes(admin_base: AdminBase) -> None:
    """Show the nodes of the relay, as this one heard of them last."""
    from babilu.relay.base.admin_requests import ListNodes, NodeEntry

    entries = admin_base.ask(ListNodes(), list[NodeEntry])
    say = admin_base.say
    rows = [
        (
            each.name + (say("admin.node.here") if each.here else ""),
            each.version,
            each.address,
            each.online,
            say("admin.node.silent_state" if each.state == "silent" else f"admin.node.{each.state}"),
            say("admin.node.ago", seconds=f"{each.silent_ms / 1000:.1f}"),
            admin_base.time(each.since),
        )
        for each in entries
    ]
    head = ("name", "version", "address", "online", "state", "seen", "since")
    admin_base.tell_rows("nodes", head, rows, nodes=entries)


@order("admin.drain")
def drain(admin_base: AdminBase) -> None:
    """Let this node take nobody in any more, and send those who are here to the others."""
    from babilu.relay.base.admin_requests import DrainNode

    admin_base.do(DrainNode())
    admin_base.tell("draining", admin_base.say("admin.draining"))


@order("admin.undrain")
def undrain(admin_base: AdminBase) -> None:
    """Let this node take people in again."""
    from babilu.relay.base.admin_requests import UndrainNode

    admin_base.do(UndrainNode())
    admin_base.tell("undrained", admin_base.say("admin.undrained"))


@order("admin.node-key")
@argument("file", type=FilePath(), about="node_key")
def node_key(admin_base: AdminBase, file: Path) -> None:
    """Write the relay's key into a new file, for `start --node-key` of another node."""
    from babilu.relay.base.state_dir import copy_key

    copy_key(admin_base.folder, file)
    admin_base.tell("node_key", admin_base.say("admin.node_key", file=str(file)), file=str(file))
