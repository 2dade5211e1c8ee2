"""How pages look: templates, the shapes they are handed, style sheets; for every edge that shows pages to people."""
