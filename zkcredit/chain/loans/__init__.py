"""Loan markets: their contracts as typed clients."""
