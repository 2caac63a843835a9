"""Sockets: the relay link, the server socket for conversation requests, the client sockets that start them."""
