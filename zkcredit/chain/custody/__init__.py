"""Keys that are elsewhere: files for machines without a network, and a treasury of several."""
