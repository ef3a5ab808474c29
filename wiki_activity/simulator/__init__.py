"""A simulated Wikimedia and Slack that share no code with the clients."""
