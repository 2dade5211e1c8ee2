"""Quick polls: what is asked, who may see which figures, and that everybody votes once (product 12)."""
