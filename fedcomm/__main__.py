"""`python -m fedcomm`, which is what `./run` calls."""

from fedcomm.cli import main

main()
