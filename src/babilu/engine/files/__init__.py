"""Files of messages: sealed on the own disk, moved to and from the relay, opened and saved."""
