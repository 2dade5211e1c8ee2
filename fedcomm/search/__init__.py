"""Finding posts, people and groups by words."""
