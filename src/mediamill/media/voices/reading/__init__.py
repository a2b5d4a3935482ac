"""Reading out what is written: numbers, dates, abbreviations and signs become words."""


def spoken(text: str, language: str) -> str:
    """Return one sentence as a voice should read it out.

    text: as `normalise.plain` leaves it. language: a base language such as `vi`; a sentence in one
    without rules of its own comes back as it was written, for the voice to read in its own way.
    Never raises; takes time linear in the length of the text.
    """
    # Each language brings many patterns; a process that only reads one compiles only its own.
    if language == "vi":
        from mediamill.media.voices.reading import vietnamese  # noqa: PLC0415 - see above

        return vietnamese.spoken(text)
    return text
