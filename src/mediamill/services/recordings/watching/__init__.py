"""Watchers: jobs that wait until something is live, and have it recorded, every time."""
