"""What holds for all tests, those beside the services too."""

from hypothesis import settings

# How long an example takes is the machine's business, not the code's.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
