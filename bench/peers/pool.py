"""asyncpg's connections for the asyncio peers: as many a process as gunicorn's threads, opened before serving."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from bench.peers import work
from config import gunicorn as ours
from config.local_postgres import NAME, PORT


class Kept:
    pool: Any = None


@asynccontextmanager
async def opened(_app: Any) -> AsyncIterator[None]:
    """For a lifespan: the pool while the application runs."""
    settings = {"synchronous_commit": "on", "statement_timeout": "2s", "lock_timeout": "500ms"}
    async with asyncpg.create_pool(
        host=os.environ["BENCH_SOCKETS"],
        port=PORT,
        user=NAME,
        database=os.environ["BENCH_DATABASE"],
        min_size=ours.threads,
        max_size=ours.threads,
        max_inactive_connection_lifetime=0,
        reset=nothing_to_reset,
        server_settings=settings,
    ) as Kept.pool:
        yield


async def nothing_to_reset(_connection: Any) -> None:
    """Spares the statement that asyncpg sends when a connection comes back: ours keep no state."""


async def write(row: tuple[Any, ...]) -> bool:
    """Whether the statement wrote its two rows; prepared by asyncpg at its first use."""
    async with Kept.pool.acquire() as connection:
        return await connection.fetchval(work.STATEMENT, *row) is not None
