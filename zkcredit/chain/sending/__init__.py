"""How a transaction is made, signed, stored and sent: accounts, gas, the outbox."""
