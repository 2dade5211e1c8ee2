"""Other instances."""
