"""Files that keep secrets: a vault of encrypted records, and the lock that a password opens."""
