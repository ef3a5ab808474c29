"""`explore`: the web pages."""
