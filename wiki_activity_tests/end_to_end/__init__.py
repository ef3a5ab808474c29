"""Tests of the whole, as a person would run it: processes, ports, a simulated Wikimedia."""
