"""The client: lifecycle, one thread for each conversation, outbox, event bus."""
