"""Reading out what is written: numbers, dates, abbreviations and signs become words."""


def spoken(text: str, language: str) -> str:
    """Return one sentence as a voice should read it out.

    text: as `normalise.plain` leaves it. language: a base language such as `vi`. Of a language without
    rules of its own, addresses, tags and emoji are read, and the rest is left to the voice.
    Never raises; takes time linear in the length of the text.
    """
    # Each language brings many patterns; a process that only reads one compiles only its own.
    if language == "vi":
        from mediamill.media.voices.reading import vietnamese  # noqa: PLC0415 - see above

        return vietnamese.spoken(text)
    if language == "en":
        from mediamill.media.voices.reading import english  # noqa: PLC0415 - see above

        return english.spoken(text)
    from mediamill.media.voices.reading import common  # noqa: PLC0415 - see above

    return common.spoken(text, language)
