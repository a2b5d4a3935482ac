import json

from mediamill.broker import tickets


def test_the_ticket_is_what_the_installed_kombu_writes() -> None:
    assert json.loads(tickets.template()) == json.loads(tickets.capture())
