"""Who may do what: login, sessions, roles, tokens, limits."""
