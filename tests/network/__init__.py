"""Other servers: decisions about them, and what we know of them."""
