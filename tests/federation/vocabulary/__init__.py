"""Reading and writing what servers say to each other."""
