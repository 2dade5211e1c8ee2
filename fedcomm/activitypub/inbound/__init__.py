"""What others tell us: accepted activities, each acted on by one function (decisions D6, D45, D47, D48)."""
