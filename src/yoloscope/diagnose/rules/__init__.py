"""The catalogue: one file a family; `catalogue.RULES` joins them."""
