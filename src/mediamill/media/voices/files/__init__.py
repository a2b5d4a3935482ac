"""Sound files and captions, written piece by piece with flat memory."""
