"""Connections to chains: a node by HTTP, anvil, and a chain inside this process."""
