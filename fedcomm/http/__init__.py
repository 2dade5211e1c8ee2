"""What the edges share: the running instance, sign-in, forms, paging, errors, limits."""
