"""The client's protocol as JSON-RPC 2.0: served to other processes on a local socket, and called by them."""
