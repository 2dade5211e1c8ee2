"""Facts, accepted activities and deliveries: claimed, done once, handed back."""
