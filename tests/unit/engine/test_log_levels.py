"""What a sender can cause as often as they like is no warning: it would fill the log of whoever keeps warnings."""

import ast
import inspect
from types import ModuleType

import pytest

from babilu.engine.conversation import attribution, inbound_router, receiving, repair


@pytest.mark.parametrize(
    "module", [attribution, inbound_router, receiving, repair], ids=lambda module: str(module.__name__)
)
def test_what_comes_of_an_envelope_writes_no_warning(module: ModuleType) -> None:
    levels = {
        node.func.attr
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
    }
    # A defect of ours is one all the same.
    assert levels <= {"debug", "info", "exception"}
