"""One file that holds a whole instance: what stands in it, how it is written and read, and the tables it is made of."""
