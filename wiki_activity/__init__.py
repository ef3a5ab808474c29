"""Monthly and live edit activity of every Wikimedia wiki."""
