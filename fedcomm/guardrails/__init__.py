"""Guard-rails of associations: what counsel and operators need when the law asks (product 20)."""
