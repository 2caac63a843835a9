import ast
from pathlib import Path

RELAY = Path(__file__).parents[3] / "src" / "babilu" / "relay"
ABLE_TO_DECRYPT = ("babilu.session", "babilu.store", "babilu.net", "babilu.engine")


def test_the_relay_imports_nothing_that_could_decrypt() -> None:
    # Import-linter, in the test command, follows imports further; this says the rule where a reader looks for it.
    pages = list(RELAY.rglob("*.py"))
    imported = {
        name
        for page in pages
        for node in ast.walk(ast.parse(page.read_text(encoding="utf-8")))
        for name in _names(node)
    }
    assert len(pages) >= 40
    assert {name for name in imported if name.startswith(ABLE_TO_DECRYPT)} == set()


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []
