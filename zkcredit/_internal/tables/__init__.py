"""Tables that are written by programs."""
