"""What the rooms share and nobody outside imports: checks, files, JSON, hashes, caches."""
