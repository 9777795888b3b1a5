"""Checks, files, JSON, hashes and caches that packages share; users do not import them."""
