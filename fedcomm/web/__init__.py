"""Pages for members and visitors: rendered here, readable without script."""
