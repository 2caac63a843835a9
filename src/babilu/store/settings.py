"""Settings: small things that belong to the profile and to no table; each owner names and encodes its own."""

from babilu.store.statements import Statements


class Settings:
    """Values by name, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def get(self, name: str) -> bytes | None:
        """Return a value, or None where it was never set."""
        row = self._sql.one("SELECT value FROM setting WHERE name = ?", name)
        return None if row is None else bytes(row[0])

    def set(self, name: str, value: bytes) -> None:
        """Store a value in place of the one before."""
        self._sql.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            name,
            value,
        )

    def names(self, prefix: str) -> tuple[str, ...]:
        """List the names that begin with ``prefix``, in order."""
        rows = self._sql.all("SELECT name FROM setting WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name", prefix)
        return tuple(str(row[0]) for row in rows)

    def delete(self, name: str) -> None:
        """Forget a value."""
        self._sql.run("DELETE FROM setting WHERE name = ?", name)
