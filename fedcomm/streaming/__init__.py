"""Live updates: what happens reaches whoever holds a connection."""
