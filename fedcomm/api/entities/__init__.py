"""Domain things as the JSON that Mastodon's clients read, many at a time. Source: Mastodon API, entities."""
