"""Cards as files for other programs: a deck for Anki, a table, mind maps, a graph."""
