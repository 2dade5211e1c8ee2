"""How people fare here, and what is stored: figures with their definitions (product 21)."""
