"""Mail: how letters read, and how they leave."""
