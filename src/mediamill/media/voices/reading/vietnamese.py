"""How Vietnamese is read out."""


def spoken(text: str) -> str:
    """Return one sentence as a voice should read it out."""
    return text
