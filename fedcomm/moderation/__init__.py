"""What members complain of, and what those who look after groups and the instance do about it (product 13)."""
