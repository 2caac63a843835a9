"""One engine for many faces: the first process on a profile hosts it, later ones attach over its local socket."""
