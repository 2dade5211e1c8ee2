"""The ActivityPub protocol: knows no database and no product. Bytes and headers in, dataclasses out."""
