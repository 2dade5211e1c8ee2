"""Pages for those who run an instance. Each handler asks for the role itself (S131, S133)."""
