"""Second reader of the protocol: written from the pages of docs/protocol, with `cryptography` and `msgpack` alone.

It makes nothing. It verifies, opens and folds what the program wrote, and shares no line with the program: where the
pages say something else than the program does, it fails.
"""
