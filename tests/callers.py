"""Whom credentials belong to, by name."""

from integrations import clients


def by_token(token: str) -> str | None:
    caller = clients.find_by_token(token)
    return caller.client_id if caller else None


def by_basic(client_id: str, secret: str) -> str | None:
    caller = clients.find_by_basic(client_id, secret)
    return caller.client_id if caller else None
