"""Who can be addressed: people, groups and this instance itself, ours and others'; and how people get in."""
