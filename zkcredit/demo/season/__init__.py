"""The season story: loans for seeds, repaid after harvests, by farmers without a coin for gas."""
