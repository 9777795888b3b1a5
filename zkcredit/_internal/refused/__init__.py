"""What an error about a refused file says: which file, where in it, and which kind it is."""
