"""What we tell other servers, seen from their inboxes."""
