"""The story of an escrowed reference: arbiters, world, frauds, stages."""
