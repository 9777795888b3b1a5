"""The history story: a small loan, repaid, opens a larger one elsewhere; a bad one never does."""
