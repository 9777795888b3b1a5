"""The rules by which an audit shows that constraints pin a wire down, one kind a file."""
