"""Celery carries tickets: each says "one job waits in this queue", and no more.

Nothing outside this room knows Celery.
"""
