"""The story of a sealed identity: arbiters, world, frauds, stages."""
