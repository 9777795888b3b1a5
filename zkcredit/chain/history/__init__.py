"""A bureau and its history tree on a chain: clients, events, and what a keeper knows of them."""
