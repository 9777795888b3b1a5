"""A client for each contract, and what the clients share: ABI, events, errors."""
