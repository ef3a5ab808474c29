"""The web explorer: pages, API and live streams over the tables, for readers and for those who annotate."""
