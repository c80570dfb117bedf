"""Who may come in: the secret, sessions of browsers, one-time links, and what each route requires."""
