"""What the window shows, without a single widget: lists, the window on a conversation, where the client stands."""
