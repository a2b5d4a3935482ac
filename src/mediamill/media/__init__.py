"""Voices, documents, programs: what services share. Alone starts processes, by `programs`."""
