"""Live streams: which stream is behind an address, and its bytes on disk as they come.

Cheap to import: what talks to the network and what reads media is loaded by who uses it.
"""
