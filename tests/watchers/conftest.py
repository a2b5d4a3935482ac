from tests.engine.conftest import mill
from tests.web.conftest import api_settings, rooms

__all__ = ["api_settings", "mill", "rooms"]
