"""Work that is done later: facts, accepted activities, deliveries, and what the clock starts (decisions D5, D66)."""
