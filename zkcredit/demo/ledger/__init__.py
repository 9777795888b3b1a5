"""The story of encrypted data: cast, world, frauds, stages."""
