"""`demo`: everything against a simulated Wikimedia and Slack, and what it shows of itself."""
