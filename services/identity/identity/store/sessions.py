"""Sign-in links and sessions, in Valkey: short-lived, and each step one atomic script."""

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from chassis.errors import Unavailable
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as TooSlow

from identity.domain.errors import LinkSpent, SessionEnded, TooManyLinks

_LINK_S: Final = 600
_SESSION_S: Final = 30 * 24 * 3600
_LINKS_PER_HOUR: Final = 10

R = TypeVar("R")

# A link becomes a session in one step: a crash in between would spend it for nothing.
_REDEEM = """
local human = redis.call('GETDEL', KEYS[1])
if not human then return false end
redis.call('SET', KEYS[2], cjson.encode({human = human, refresh = ARGV[1], clinic = ''}), 'EX', ARGV[2])
return human
"""

# The refresh token rotates. One that was used before means that two hold it, so the session ends for both.
_ROTATE = """
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
local session = cjson.decode(stored)
if session.refresh ~= ARGV[1] then
    redis.call('DEL', KEYS[1])
    return false
end
session.refresh = ARGV[2]
redis.call('SET', KEYS[1], cjson.encode(session), 'EX', ARGV[3])
return stored
"""

_THROTTLE = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""

_PUT_CLINIC = """
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
local session = cjson.decode(stored)
session.clinic = ARGV[1]
redis.call('SET', KEYS[1], cjson.encode(session), 'KEEPTTL')
return true
"""


@dataclass(frozen=True, slots=True)
class Started:
    """A session as its holder sees it."""

    human_id: str
    session_id: str
    refresh_token: str
    clinic_id: str = ""


class Sessions:
    """Only hashes of tokens are stored. Unavailable if Valkey cannot be reached."""

    def __init__(self, url: str) -> None:
        self._valkey = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=1)

    async def throttle(self, email: str) -> None:
        """At most so many links an hour to one address, known or not."""
        count, seconds = await _reached(lambda: self._valkey.eval(_THROTTLE, 1, f"links:{_hash(email)}", "3600"))
        if int(count) > _LINKS_PER_HOUR:
            raise TooManyLinks("Look for the mails that were sent, or try again later", retry_after=float(seconds))

    async def new_link(self, human_id: str) -> str:
        """A token that signs this human in, once, within ten minutes."""
        token = secrets.token_urlsafe(32)
        await _reached(lambda: self._valkey.set(f"link:{_hash(token)}", human_id, ex=_LINK_S))
        return token

    async def redeem(self, token: str) -> Started:
        session_id, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        keys = (f"link:{_hash(token)}", f"session:{session_id}")
        human_id = await _reached(lambda: self._valkey.eval(_REDEEM, 2, *keys, _hash(secret), str(_SESSION_S)))
        if not human_id:
            raise LinkSpent("Ask for a new link")
        return Started(str(human_id), session_id, f"{session_id}.{secret}")

    async def rotate(self, refresh_token: str) -> Started:
        session_id, _, secret = refresh_token.partition(".")
        fresh = secrets.token_urlsafe(32)
        arguments = (_hash(secret), _hash(fresh), str(_SESSION_S))
        stored = await _reached(lambda: self._valkey.eval(_ROTATE, 1, f"session:{session_id}", *arguments))
        if not stored:
            raise SessionEnded
        session = json.loads(stored)
        return Started(session["human"], session_id, f"{session_id}.{fresh}", session["clinic"])

    async def settle(self, session_id: str, clinic_id: str) -> None:
        """Remember in which clinic the session acts."""
        key = f"session:{session_id}"
        await _reached(lambda: self._valkey.eval(_PUT_CLINIC, 1, key, clinic_id))

    async def end(self, refresh_token: str) -> None:
        """Ending what has ended changes nothing; only who holds the right token ends it."""
        try:
            started = await self.rotate(refresh_token)
        except SessionEnded:
            return
        await _reached(lambda: self._valkey.delete(f"session:{started.session_id}"))


async def _reached(ask: Callable[[], Awaitable[R]]) -> Any:
    try:
        return await ask()
    except (NoConnection, TooSlow, OSError) as error:
        raise Unavailable("Signing in is not possible right now; try again", retry_after=5) from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
