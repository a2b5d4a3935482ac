"""Lines of pages as paragraphs: what the skimming process leaves, read here page by page."""
