"""The story of signed data: cast, world, frauds, stages."""
