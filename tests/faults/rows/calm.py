"""No fault at all: what the harness itself must get through."""

from tests.faults.row import Ground, Habits, Row


def _calm(ground: Ground) -> None:
    ground.load.start(Habits(jobs=150, clients=3, pause_s=0.05))
    ground.load.wait()


ROWS = (Row("calm", "a mixed load without any fault ends as it should", _calm),)
