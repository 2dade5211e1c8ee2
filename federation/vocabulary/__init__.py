"""JSON of the fediverse <-> frozen dataclasses. Reading forgives, writing does not."""
