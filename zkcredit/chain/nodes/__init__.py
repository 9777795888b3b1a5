"""Chains to talk to: a node by HTTP, anvil, and a chain inside this process."""
