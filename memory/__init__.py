"""What was read once is remembered in the process until what it was read from changes."""
