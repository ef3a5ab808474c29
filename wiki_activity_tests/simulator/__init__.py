"""Tests of the simulated Wikimedia and Slack, over real connections where the answer on the wire matters."""
