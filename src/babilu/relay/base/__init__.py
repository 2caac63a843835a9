"""What the other parts of the relay rest on: settings, keys, certificate, state directory, throttles."""
