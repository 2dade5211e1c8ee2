"""Taking one's things along, and leaving for good."""
