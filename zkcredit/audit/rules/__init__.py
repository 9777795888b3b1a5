"""The rules by which an audit shows that a wire has only one value; one kind in each file."""
