"""What we tell other servers: the consequences of facts, each written into the delivery queue in one transaction."""
