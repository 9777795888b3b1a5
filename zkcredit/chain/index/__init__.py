"""An index of a deployment's events in one SQLite file, which follows the chain."""
