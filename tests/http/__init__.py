"""What the edges share."""
