"""What makes two requests the same, and what a job is called: the same on every node, in every attempt."""

import hashlib
import json
import uuid
from collections.abc import Mapping


def request_hash(service: str, params: Mapping[str, object], digests: Mapping[str, str]) -> str:
    """Return the hash of a request. params: secrets plain. digests: SHA-256 of each file that comes with it."""
    request = json.dumps([service, params, digests], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(request.encode()).hexdigest()


def key_hash(owner: str, path: str, key: str) -> str:
    """Return the hash of an Idempotency-Key: it is its owner's, and the route's."""
    return hashlib.sha256(json.dumps([owner, path, key]).encode()).hexdigest()


def keyed_id(key: str) -> str:
    """Return the id of the job that is made for a key's hash."""
    return _derived(f"request {key}")


def child_id(parent_id: str, request: str, number: int, edition: int) -> str:
    """Return the id of a child: of the request's hash, so that another request is another child.

    number: which of the parent's calls with this very request it is, from 1. edition: how often it had to be made
    again because its files were gone.
    """
    return _derived(f"child {parent_id} {request} {number} {edition}")


def poller_id(service: str) -> str:
    """Return the id of the job that polls a service."""
    return _derived(f"poller {service}")


def _derived(text: str) -> str:
    """Return a version 8 UUID of `text` (RFC 9562, section 5.8)."""
    value = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    value = value & ~(0xF << 76) | (8 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))
