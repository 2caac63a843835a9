"""The bytes of sealed files, which a relay stores and cannot read: a port, and a folder of this machine behind it."""
