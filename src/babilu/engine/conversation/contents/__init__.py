"""What one says in a conversation, one module for each kind: how it is made, and what it does to the rows."""
