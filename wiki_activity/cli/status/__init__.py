"""`status`: how fresh and complete the counts are, and how the live side does."""
