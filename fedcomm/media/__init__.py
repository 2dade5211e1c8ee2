"""Pictures and files: made here, stored, or fetched from other servers."""
