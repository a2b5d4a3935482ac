"""Text to sound: splitting, languages, engines, joining, captions.

`speak.plan` makes lines of a text, `speak.speak` says them into a sound file; the rest are their
parts. `catalog` and `language` are cheap to import; numpy, scipy and the models come with the
first sentence.
"""
