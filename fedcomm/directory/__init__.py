"""Meeting people and groups one does not know yet."""
