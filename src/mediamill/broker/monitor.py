"""The Celery application for tools that look at workers from outside, such as Flower.

`celery -A mediamill.broker.monitor flower` shows workers, slots and running tickets. Jobs are not
Celery tasks: their status, progress and results are in mediamill's own API.
"""

from mediamill import settings
from mediamill.broker.app import make_app


def _work() -> None:
    """Do nothing: this application only looks."""


app = make_app(settings.load().redis, _work)
