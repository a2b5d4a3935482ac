"""The message that stands for one waiting job, as kombu itself writes it.

The pattern lies in `ticket.json`, so that a process that only submits need not import Celery (0.3 s
and 30 MB); a contract test compares it with what the installed kombu writes, and a real worker
takes what our Lua move pushed. `python -m mediamill.broker.tickets` writes it anew.
"""

import json
from functools import cache
from importlib.resources import files

TASK_NAME = "mediamill.ticket"
_FILE = "ticket.json"


@cache
def template() -> str:
    """Return the envelope with @QUEUE@ and @TAG@ in the places that differ from message to message."""
    return json.dumps(json.loads((files(__package__) / _FILE).read_text("utf-8")), separators=(",", ":"))


def capture() -> str:
    """Return the envelope as the installed kombu serializes it, by sending one message in memory."""
    from celery import Celery  # noqa: PLC0415 - submitting does not need it

    app = Celery(broker="memory://", set_as_current=False)
    app.conf.update(task_serializer="json", accept_content=["json"], task_ignore_result=True)
    app.send_task(TASK_NAME, task_id="@TAG@", queue="@QUEUE@")
    with app.connection() as connection:
        message = connection.channel()._get("@QUEUE@")  # noqa: SLF001 - kombu has no other door to the raw message
    message["headers"]["origin"] = "mediamill"
    message["properties"].update(delivery_tag="@TAG@", reply_to="mediamill")
    return json.dumps(message, indent=2) + "\n"


if __name__ == "__main__":
    print(capture(), end="")  # noqa: T201 - its only purpose
