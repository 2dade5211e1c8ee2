"""Our side of ActivityPub: knows both the protocol (`federation`) and the product, and translates between them."""
