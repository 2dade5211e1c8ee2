"""Who said it: signatures on requests (draft-cavage, RFC 9421) and proofs inside documents (FEP-8b32)."""
