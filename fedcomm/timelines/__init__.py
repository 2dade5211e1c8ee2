"""What to read: home, groups, lists, everybody's posts, and the posts of one account. Read, never stored (D7)."""
