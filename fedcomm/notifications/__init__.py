"""What people are told of: being named or answered, reactions, followers, threads in groups they watch."""
