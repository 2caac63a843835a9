"""How nodes of a relay wake each other; what is true lies in the storage, and a lost hint only delays."""
