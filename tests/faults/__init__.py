"""Several instances, and what goes wrong between and under them; afterwards all have the same, once (`checking`)."""
