"""Keys that several parties make: powers of tau, the start of phase 2, its checks."""
