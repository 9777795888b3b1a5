"""Checks, files, JSON, hashes and caches that the rooms share; users do not import them."""
