"""How a transaction is made, signed, kept and sent: accounts, gas, the outbox."""
