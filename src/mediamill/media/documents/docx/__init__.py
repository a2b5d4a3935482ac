"""A Word document, read as it streams by: its XML is never a tree, so that one of a gigabyte takes no more memory."""
