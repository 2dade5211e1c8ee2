"""Groups: places with a purpose, rules and members, which can be followed."""
