"""What tests share, by the room that it belongs to."""
