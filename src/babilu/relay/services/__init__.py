"""What a relay does for clients: accounts, directory, delivery, presence, administration over the wire."""
