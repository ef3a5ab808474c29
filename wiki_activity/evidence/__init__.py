"""What is behind peaks: Wikimedia's public services are asked, counted, and told with what they cannot show."""
