"""Monthly and live edit activity of every Wikimedia wiki."""

__version__ = "0.2.0"
